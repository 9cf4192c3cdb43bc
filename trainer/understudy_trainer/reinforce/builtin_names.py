"""Names that a language has by itself, so that no file has to bring them."""

import builtins

_JAVASCRIPT = """
Array ArrayBuffer BigInt Boolean Buffer DataView Date Error Function Infinity Intl JSON Map Math NaN
Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError
TypeError URL URLSearchParams Uint8Array WeakMap WeakSet AbortController AbortSignal Event Response
Request Headers TextDecoder TextEncoder arguments clearInterval clearTimeout console
decodeURIComponent document encodeURIComponent exports fetch global globalThis isFinite isNaN module
parseFloat parseInt performance process queueMicrotask require setImmediate setInterval setTimeout
structuredClone undefined window
"""
_TYPESCRIPT = """
Awaited Exclude Extract InstanceType Iterable Iterator AsyncIterable NonNullable Omit Parameters
Partial Pick PromiseLike Readonly ReadonlyArray ReadonlyMap ReadonlySet Record Required ReturnType
any asserts boolean never number object string symbol unknown void
"""
_GO = """
any append bool byte cap clear close comparable complex complex128 complex64 copy delete error
false float32 float64 imag int int16 int32 int64 int8 iota len make max min new nil panic print
println real recover rune string true uint uint16 uint32 uint64 uint8 uintptr _
"""
_RUST = """
AsMut AsRef Box Clone Copy Debug Default Display Drop Eq Err Fn FnMut FnOnce From Hash Into
IntoIterator Iterator None Ok Option Ord PartialEq PartialOrd Result Self Send Sized Some String
Sync ToOwned ToString TryFrom TryInto Vec alloc assert assert_eq assert_ne bool char core crate dbg
debug_assert debug_assert_eq derive drop eprintln f32 f64 format i128 i16 i32 i64 i8 include_str
isize matches panic print println self std str super todo u128 u16 u32 u64 u8 unimplemented
unreachable usize vec write writeln _
"""
_JAVA = """
ArithmeticException AutoCloseable Boolean Byte CharSequence Character Class Comparable Deprecated
Double Enum Error Exception Float FunctionalInterface IllegalArgumentException
IllegalStateException IndexOutOfBoundsException Integer Iterable Long Math NullPointerException
Number Object Override Record Runnable RuntimeException SafeVarargs Short String StringBuilder
SuppressWarnings System Thread Throwable UnsupportedOperationException Void var
"""

_PYTHON_BESIDES = "self cls __file__ __name__ __path__ __all__ __version__ __class__ _"

_EVERY_SCRIPT = frozenset(_JAVASCRIPT.split())
_EVERY_TYPED_SCRIPT = _EVERY_SCRIPT | frozenset(_TYPESCRIPT.split())

BUILTIN_NAMES: dict[str, frozenset[str]] = {
    "python": frozenset(dir(builtins)) | frozenset(_PYTHON_BESIDES.split()),
    "javascript": _EVERY_SCRIPT,
    "javascriptreact": _EVERY_SCRIPT,
    "typescript": _EVERY_TYPED_SCRIPT,
    "typescriptreact": _EVERY_TYPED_SCRIPT,
    "go": frozenset(_GO.split()),
    "rust": frozenset(_RUST.split()),
    "java": frozenset(_JAVA.split()),
}
"""LSP language id → names."""
