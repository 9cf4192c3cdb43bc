"""From an import to the files of the workspace that it may mean.

No build tool is asked: a module's name is looked for at the end of paths, nearest to the importing
file first, so that `src/` layouts, several packages and path aliases are found without reading
anybody's configuration.
"""

import posixpath
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol

from understudy_lsp.index.facts import Import

MAX_PATHS = 8
"""Files for one import. A Go package has more; whoever reads on has the budget for fewer."""

_SCRIPTS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts")


class Paths(Protocol):
    """The paths of the index."""

    def has(self, path: str) -> bool: ...

    def ending(self, end: str) -> list[str]:
        """Paths that end with the names in `end`."""
        ...

    def inside(self, folder: str) -> list[str]:
        """Files right in `folder`."""
        ...

    def packages(self, name: str) -> list[str]:
        """Files that declare a package of this name."""
        ...


def resolved(written: Import, *, path: str, language: str, paths: Paths) -> tuple[str, ...]:
    """Files that `written`, in the file at `path`, may be from, the likeliest first."""
    find = _FINDERS.get(language)
    found = find(written, path, paths) if find else iter(())
    return tuple(islice(dict.fromkeys(one for one in found if one != path), MAX_PATHS))


def nearest(candidates: list[str], path: str) -> list[str]:
    """`candidates`, those that share most folders with `path` first, then the shortest."""
    folders = path.split("/")[:-1]

    def shared(candidate: str) -> int:
        return len(posixpath.commonprefix([folders, candidate.split("/")[:-1]]))

    return sorted(candidates, key=lambda one: (-shared(one), one.count("/"), one))


def _python(written: Import, path: str, paths: Paths) -> Iterator[str]:
    module = written.module.lstrip(".")
    dots = len(written.module) - len(module)
    names = [*module.split("."), written.item] if module else [written.item]
    if written.item in ("", "*"):
        names.pop()
    ends = [
        "/".join(part) + ending
        for part in (names, names[:-1] if written.item else [])
        if part
        for ending in ("/__init__.py", ".py", ".pyi")
    ]
    if dots:
        package = path
        for _ in range(dots):
            package = posixpath.dirname(package)
        ends = [posixpath.join(package, end) for end in ends] + [
            posixpath.join(package, *module.split("."), "__init__.py")
        ]
        yield from filter(paths.has, ends)
        return
    for end in ends:
        for found in nearest(paths.ending(end), path):
            # The folder on the path of modules is not itself a package; and a module without a
            # package (`json.py`) is found only by those who stand beside or below it.
            root = found[: -len(end)]
            beside = bool("/" in end) or path.startswith(root)
            if beside and not paths.has(f"{root}__init__.py"):
                yield found


def _script(written: Import, path: str, paths: Paths) -> Iterator[str]:
    module = written.module
    if module.startswith("."):
        yield from filter(paths.has, _script_files(_joined(path, module)))
        return
    for name, below in _cut(module, "/"):
        for manifest in nearest(paths.packages(name), path):
            folder = posixpath.dirname(manifest)
            for place in [below, f"src/{below}"] if below else ["src/index", "index", "src/main"]:
                yield from filter(paths.has, _script_files(posixpath.join(folder, place)))
    alias = module.partition("/")[2] if module[:1] in "@~#$" else module
    if "/" in alias or alias != module:
        for end in _script_files(alias):
            yield from nearest(paths.ending(end), path)


def _script_files(module: str) -> list[str]:
    """Files that a module's path may mean; TypeScript writes `./x.js` for `./x.ts`."""
    stem, ending = posixpath.splitext(module)
    plain = stem if ending in (".js", ".jsx", ".mjs", ".cjs") else module
    return [
        module,
        *(plain + one for one in _SCRIPTS),
        *(f"{module}/index{one}" for one in _SCRIPTS),
    ]


def _go(written: Import, path: str, paths: Paths) -> Iterator[str]:
    for name, below in _cut(written.module, "/"):
        for manifest in nearest(paths.packages(name), path):
            folder = posixpath.join(posixpath.dirname(manifest), below)
            yield from (
                file
                for file in paths.inside(folder)
                if file.endswith(".go") and not file.endswith("_test.go")
            )


def _rust(written: Import, path: str, paths: Paths) -> Iterator[str]:
    first, *names = [*written.module.split("::"), written.item]
    source, _, _ = path.rpartition("/src/")
    root = f"{source}/src" if source else "src" if path.startswith("src/") else ""
    folder, file = posixpath.split(path)
    here = folder if file in ("mod.rs", "lib.rs", "main.rs") else path.removesuffix(".rs")
    while first == "super" and names:
        here = posixpath.dirname(here)
        first, names = (names[0], names[1:]) if names[0] == "super" else ("self", names)
    if first == "crate":
        starts = [root]
    elif first == "self":
        starts = [here]
    else:
        manifests = nearest(paths.packages(first), path)
        starts = [posixpath.join(posixpath.dirname(manifest), "src") for manifest in manifests]
    for start in starts:
        for length in range(len(names), -1, -1):
            place = posixpath.join(start, *names[:length])
            endings = (".rs", "/mod.rs") if length else ("/lib.rs", "/main.rs", "/mod.rs", ".rs")
            yield from filter(paths.has, (place + ending for ending in endings))


def _java(written: Import, path: str, paths: Paths) -> Iterator[str]:
    parts = [part for part in written.module.split(".") if part]
    for names in ([*parts, written.item], parts):
        for ending in (".java", ".kt", ".scala"):
            yield from nearest(paths.ending("/".join(names) + ending), path)


def _php(written: Import, path: str, paths: Paths) -> Iterator[str]:
    # PSR-4 maps the first names of a namespace to some folder.
    names = [*written.module.split("."), written.item]
    for begin in range(len(names) - 1):
        yield from nearest(paths.ending("/".join(names[begin:]) + ".php"), path)


def _include(written: Import, path: str, paths: Paths) -> Iterator[str]:
    """C's way: beside the file first, then wherever include paths may lead."""
    yield from filter(paths.has, [_joined(path, written.module)])
    yield from nearest(paths.ending(written.module.lstrip("./")), path)


def _ruby(written: Import, path: str, paths: Paths) -> Iterator[str]:
    module = written.module.removesuffix(".rb")
    yield from filter(paths.has, [f"{_joined(path, module)}.rb"])
    yield from nearest(paths.ending(f"lib/{module}.rb"), path)


def _joined(path: str, module: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), module))


def _cut(module: str, separator: str) -> Iterator[tuple[str, str]]:
    """`module` in two, at each separator, the longest beginning first."""
    names = module.split(separator)
    for length in range(len(names), 0, -1):
        yield separator.join(names[:length]), separator.join(names[length:])


_FINDERS: dict[str, Callable[[Import, str, Paths], Iterator[str]]] = {
    "python": _python,
    "javascript": _script,
    "javascriptreact": _script,
    "typescript": _script,
    "typescriptreact": _script,
    "go": _go,
    "rust": _rust,
    "java": _java,
    "kotlin": _java,
    "scala": _java,
    "php": _php,
    "c": _include,
    "cpp": _include,
    "shellscript": _include,
    "ruby": _ruby,
}
