"""The guides in docs/editors, from which the tests take what a reader would copy."""

import re
from pathlib import Path

from e2e.editors.terminal import run

ROOT = Path(__file__).resolve().parents[3]
GUIDES = ROOT / "docs" / "editors"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def block(guide: str, language: str) -> str:
    """The guide's only block of code in a language."""
    [code] = (
        text for kind, text in _BLOCK.findall((GUIDES / guide).read_text()) if kind == language
    )
    return code


async def follow(guide: str, home: Path) -> None:
    """Runs what the guide has for a shell, in the checkout, as somebody with that home."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    await run("sh", "-ec", f"cd {ROOT}; {block(guide, 'sh')}", environment=environment)
