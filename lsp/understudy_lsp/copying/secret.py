"""Whether a text might hold a secret: asked of what is copied before anybody sees it.

Wrong alarms cost one copy, so whatever might be a key counts. (What is stored is redacted by the
gateway, which looks closer.)
"""

import re

_SECRET = re.compile(
    r"-----BEGIN|\beyJ[\w-]{10}"
    r"|\b(?:AKIA|ASIA|AIza|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|[sr]k_live_)[\w-]{16}"
    r"|://[^\s/:@\"']*:[^\s/@\"'{]+@"
    r"|(?i:passw(?:or)?d|passphrase|pwd|secret)"
    r"[\w-]*[\"'\]]*\s*(?:[:=]|=>|:=)[^\n]{0,20}?[\"'][^\"'\s{]{6,}[\"']"
    r"|(?i:token|credential|_?key)"
    r"[\w-]*[\"'\]]*\s*(?:[:=]|=>|:=)[^\n]{0,20}?[\"'](?=[^\"']*[0-9])[^\"'\s{]{12,}[\"']"
)

_LONG_WORD = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")


def may_hold_secret(line: str) -> bool:
    """`line` is the whole line: what a value is stands before it."""
    return _SECRET.search(line) is not None or any(
        _is_random(word[0]) for word in _LONG_WORD.finditer(line)
    )


def _is_random(word: str) -> bool:
    """Capitals, small letters and digits without order, or hexadecimal: keys, and hashes too."""
    digits = sum(character.isdigit() for character in word)
    return digits >= 4 and (
        re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", word) is not None
        or (any(map(str.isupper, word)) and any(map(str.islower, word)))
    )
