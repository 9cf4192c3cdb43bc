"""Secrets known by where they stand: after a name such as `password`, in a URL, in a header.

`STRONG` names hold a secret whatever it looks like; `WEAK` ones such as `token` have other uses in
code, so what they hold must look like a key.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from understudy_secrets.span import REDACTED, Secret

STRONG = r"passw(?:or)?d|passphrase|passcode|pwd|secret"
WEAK = r"(?:api|access|auth|account|private|client|signing|encryption)[_-]?key|token|credential"

_HINT = re.compile(rf"{STRONG}|{WEAK}|://|bearer\s|basic\s")

_NAME = rf"(?:(?P<strong>{STRONG})|{WEAK})(?P<rest>[\w-]{{0,40}}+)"

_QUOTED = re.compile(
    _NAME
    + r"""["'`\]]{0,2}\s{0,4}"""
    + r"""(?:\??:\s{0,4}[\w\[\]|.?]{1,40}(?=\s{0,4}=))?"""  # a type, as in `password: str = "…"`
    + r"""\s{0,4}(?:[=!]==?|=>|:=|[=:])\s{0,4}(?:@|[bru]{1,2})?"""
    + r"""(?P<quote>["'`])(?P<value>(?:\\.|(?!(?P=quote))[^\\\n]){1,400})""",
    re.IGNORECASE,
)

_URL = re.compile(r"""://[^\s/:@"'<>`\\]{0,100}:(?P<value>[^\s/@"'<>`\\]{1,200})@""")

_HEADER = re.compile(
    r"""\b(?:bearer|basic)\s{1,4}(?P<value>[A-Za-z0-9._~+/-]{16,400}=*)""", re.IGNORECASE
)

_OPTION = re.compile(
    rf"""--[\w-]{{0,20}}(?:(?P<strong>{STRONG})|{WEAK})(?P<rest>)"""
    + r"""[= ]["']?(?P<value>[^\s"'$<{\[-][^\s"']{0,400})"""
)

# As in a .env file or a shell: no blanks around the sign. Code is hardly ever written so.
_VARIABLE = re.compile(
    r"""^\s*(?:export\s+|ENV\s+|-\s+)?[A-Z0-9_]{0,60}"""
    + rf"""(?:(?P<strong>{STRONG.upper()})|{WEAK.upper()})(?P<rest>[A-Z0-9_]{{0,40}}+)"""
    + r"""=(?P<value>[^\s"'#`$<{(\[][^\s"']{0,400})[ \t]*$""",
    re.MULTILINE,
)

_SETTING = re.compile(
    r"""^[ \t-]*["']?[\w.-]{0,60}?"""
    + _NAME
    + r"""["']?[ \t]{0,20}[:=][ \t]{0,20}"""
    + r"""(?P<value>[^\s"'#`$<{(&*!|>\[][^\s"']{0,400})[ \t]*(?:\#.*)?$""",
    re.IGNORECASE | re.MULTILINE,
)

_SETTINGS_FILES = frozenset(
    {".env", ".yml", ".yaml", ".ini", ".cfg", ".conf", ".properties", ".toml", ".tfvars"}
)

# The name tells of something about a secret, not of the secret.
_ABOUT = re.compile(
    r"[_-]?(?:field|type|name|url|uri|path|label|hint|policy|file|env|var|placeholder|param|header|id"
    r"|column|format|regex|pattern|error|message|prompt|length|len|count|size|limit|title|text|help"
    r"|description|reset|required|expiry|index|kind|budget|bytes|str|string|class|prefix|suffix|section|mode"
    r"|detectors?|manager|service|provider|view|form|page)s?$",
    re.IGNORECASE,
)

# `user_password`, `auth.token`, `newPassword`: a name again, not what it stands for.
_NAME_OF_SECRET = re.compile(
    rf"(?i:(?:[a-z]+[_.:/\s-])*(?:{STRONG}|{WEAK}|pass)s?(?:[_.:/\s-][a-z]+)*)"
    r"|[a-z]+(?:Password|Passphrase|Secret|Token|Key)"
)
_NO_SECRET = re.compile(
    r"none|null|nil|true|false|undefined|string|str|text|bytes|int|integer|number|boolean|hidden"
    r"|required|optional|any|unknown|default|empty",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(
    rf"\$\{{|\{{\{{|%\(|^\$|^%|^\{{.*\}}$|^<.*>$|^{re.escape(REDACTED)}[^\]]*\]$|^(?:x+|X+|\.+)$"
)
_ADDRESS = re.compile(r"https?://|file://|\.{0,2}/[a-z/_.-]*$", re.IGNORECASE)


def assignment_hints(text: str) -> Iterator[int]:
    """Where `assigned_secrets` may find something; searching for these first is cheap."""
    # Searching without regard to case takes five times as long. The capital dotted I is the one
    # letter that becomes longer when it becomes small.
    for hint in _HINT.finditer(text.replace("İ", "i").lower()):
        yield hint.start()


def assigned_secrets(text: str, path: str) -> Iterator[Secret]:
    """`path` tells files of settings, where values need no quotes. `text` should be one line."""
    for match in _URL.finditer(text):
        if not _TEMPLATE.search(match["value"]) and not _NAME_OF_SECRET.fullmatch(match["value"]):
            yield _secret(match, "Basic Auth Credentials")
    for match in _HEADER.finditer(text):
        if _looks_random(match["value"]):
            yield _secret(match, "Authorization Header")
    patterns = [_QUOTED, _OPTION, _VARIABLE]
    if is_settings_file(path):
        patterns.append(_SETTING)
    for pattern in patterns:
        for match in pattern.finditer(text):
            if _is_assigned_secret(match):
                yield _secret(match, "Secret Keyword")


def is_settings_file(path: str) -> bool:
    name = PurePosixPath(path)
    return name.suffix in _SETTINGS_FILES or name.name.startswith(".env")


def _is_assigned_secret(match: re.Match[str]) -> bool:
    value, is_strong = match["value"], match["strong"] is not None
    if (
        _is_in_mark(match)
        or _ABOUT.search(match["rest"])
        or _TEMPLATE.search(value)
        or _NO_SECRET.fullmatch(value)
    ):
        return False
    if value.startswith(REDACTED):
        # More was typed behind a secret that was taken out before.
        return True
    if not is_strong:
        return _looks_random(value)
    return (
        any(character.isalnum() for character in value)
        and (not re.search(r"\s", value) or "passphrase" in match["strong"].lower())
        and not _NAME_OF_SECRET.fullmatch(value)
        and not _ADDRESS.match(value)
    )


def _is_in_mark(match: re.Match[str]) -> bool:
    """Whether the name is that of a kind, in what stands for a secret that was taken out before."""
    mark = match.string.rfind(REDACTED, 0, match.start())
    return mark >= 0 and "]" not in match.string[mark : match.start()]


def _looks_random(value: str) -> bool:
    """Long enough for a key, without blanks, and of digits and letters."""
    return (
        len(value) >= 12
        and value.isascii()
        and value.isprintable()
        and " " not in value
        and any(character.isdigit() for character in value)
        and any(character.isalpha() for character in value)
    )


def _secret(match: re.Match[str], kind: str) -> Secret:
    return Secret(match.start("value"), match.end("value"), kind)
