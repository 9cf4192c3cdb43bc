"""HTML made of elements: whatever is text is escaped, and only elements are not."""

import html
import re

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Markup(str):
    """HTML that is well-formed and may stand in HTML as it is."""

    __slots__ = ()


def element(name: str, *children: str, **attributes: str) -> Markup:
    """`class_` is the attribute class; an underscore within a name is a hyphen."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    return Markup(
        "".join(child if isinstance(child, Markup) else _escaped(child) for child in children)
    )


def _escaped(text: str) -> str:
    return html.escape(_CONTROLS.sub(_picture, text))


def _picture(match: re.Match[str]) -> str:
    """What no HTML may hold is shown as a sign for it."""
    code = ord(match.group())
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"
