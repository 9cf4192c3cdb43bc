"""The guides in docs/editors, from which the tests take what a reader would copy."""

import re
from pathlib import Path

GUIDES = Path(__file__).resolve().parents[3] / "docs" / "editors"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def block(guide: str, language: str) -> str:
    """The guide's only block of code in a language."""
    [code] = (
        text for kind, text in _BLOCK.findall((GUIDES / guide).read_text()) if kind == language
    )
    return code
