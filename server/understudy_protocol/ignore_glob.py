"""git's patterns for names as regular expressions over bytes.

A port of what `wildmatch.c` and `dir.c` of git do, oddities included, so that a file which git
ignores is ignored here. git compares bytes: `?` is half of an `é`. No pattern makes a search long,
however it is written: it may come with a folder that somebody hands out.
"""

import re
import string

_SPECIAL = b"*?[\\"

_CLASSES = {
    b"alnum": string.ascii_letters + string.digits,
    b"alpha": string.ascii_letters,
    b"blank": " \t",
    b"cntrl": "".join(map(chr, [*range(32), 127])),
    b"digit": string.digits,
    b"graph": string.ascii_letters + string.digits + string.punctuation,
    b"lower": string.ascii_lowercase,
    b"print": string.ascii_letters + string.digits + string.punctuation + " ",
    b"punct": string.punctuation,
    b"space": " \t\n\r\f\v",
    b"upper": string.ascii_uppercase,
    b"xdigit": string.hexdigits,
}

_TOKEN = re.compile(rb"(?P<star>\*+)|\\(?P<escaped>.)|(?P<set>\[)|(?P<any>\?)|(?P<plain>.)", re.S)

_FOLDERS = "(?:.*?/)??"
_WITHIN = "[^/]*?"


def path_expression(glob: bytes) -> str | None:
    """For a path below the folder of the ignore file, as Latin-1 text; None if git takes `glob`
    for malformed, which matches nothing."""
    glob = glob.removeprefix(b"/")
    plain = next((at for at, byte in enumerate(glob) if byte in _SPECIAL), len(glob))
    # git compares the plain beginning by itself, so that `**` after it is as good as after a `/`.
    rest = name_expression(glob[plain:])
    return None if rest is None else _literal(glob[:plain]) + rest


def name_expression(glob: bytes) -> str | None:
    """The same for a name without slashes."""
    runs: list[list[tuple[str, str]]] = [[("", "")]]
    """Between one `**` and the next: each star with the fixed text that follows it."""
    at = 0
    while at < len(glob):
        if glob[at:] == b"\\":
            return None
        token = _TOKEN.match(glob, at)
        assert token is not None, "a token is any byte"
        begin, at = at, token.end()
        match token.lastgroup:
            case "star":
                between = token["star"] != b"*" and glob[begin - 1 : begin] in (b"", b"/")
                if between and glob[at : at + 1] == b"/":
                    at += 1
                    runs.append([(_FOLDERS, "")])
                elif between and (at == len(glob) or glob[at : at + 2] == b"\\/"):
                    runs.append([(".*", "")])
                else:
                    runs[-1].append((_WITHIN, ""))
                continue
            case "set":
                if (found := _set(glob + b"\0", at)) is None:
                    return None
                text, at = found
            case "any":
                text = "[^/]"
            case _:
                text = _literal(token["escaped"] or token["plain"])
        star, before = runs[-1][-1]
        runs[-1][-1] = (star, before + text)
    return _joined(runs)


def _joined(runs: list[list[tuple[str, str]]]) -> str:
    """Only the first place that fits is tried, as `(?>…)` says: a later one would leave less to
    the next star, so that what does not fit after the first does not fit at all. The end is the
    exception, where the last star has to reach it."""
    parts: list[str] = []
    for number, run in enumerate(runs, 1):
        last_run = number == len(runs)
        pieces = [star + text for star, text in run]
        whole = "".join(
            piece
            if piece.startswith(_FOLDERS) or (last_run and piece is pieces[-1])
            else f"(?>{piece})"
            for piece in pieces
        )
        parts.append(whole if last_run else f"(?>{whole})")
    return "".join(parts)


def _set(text: bytes, at: int) -> tuple[str, int] | None:
    """Expression of the set whose inside begins at `at`, and the offset after its `]`; None if
    it is malformed. `text` ends with a zero byte."""
    negated = text[at] in b"!^"
    at += negated
    members: set[int] = set()
    before = 0  # the character that a `-` would begin a range with; 0 is none
    first = True
    while first or text[at] != ord("]"):
        first = False
        byte = text[at]
        if byte == ord("-") and before and text[at + 1] not in b"\0]":
            at += 2 if text[at + 1] == ord("\\") else 1
            members.update(range(before, text[at] + 1))
            before = 0
        elif byte == ord("[") and text[at + 1] == ord(":"):
            end = text.find(b"]", at + 2)
            if end > at + 2 and text[end - 1] == ord(":"):
                if (known := _CLASSES.get(text[at + 2 : end - 1])) is None:
                    return None
                members.update(known.encode())
                at, before = end, 0
            elif end < 0:
                return None
            else:
                members.add(byte)
                before = byte
        else:
            at += byte == ord("\\")
            before = text[at]
            members.add(before)
        if text[at] == 0:
            return None
        at += 1
    chosen = (set(range(1, 256)) - members if negated else members) - {ord("/")}
    inside = "".join(f"\\x{byte:02x}" for byte in sorted(chosen))
    return (f"[{inside}]" if inside else "(?!)"), at + 1


def _literal(text: bytes) -> str:
    return re.escape(text.decode("latin-1"))
