"""What tests of the language server do before they get to their matter."""

import os
from pathlib import Path
from typing import Any

from fake_gateway import TOKEN
from lsp_client import Editor

CODE = "def area(width, height):\n    return "


def leave_address(state: Path, url: str, token: str = TOKEN) -> None:
    """As a gateway does when it starts."""
    (state / "token").write_text(token)
    (state / "address").write_text(url)


def environment(**changes: str) -> dict[str, str]:
    """For a language server that is started as a process, without the paths of the tests."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return inherited | changes


async def opened(editor: Editor, work: Path, text: str = CODE, *, name: str = "shapes.py") -> str:
    uri = (work / name).as_uri()
    await editor.initialize(work)
    editor.open(uri, text)
    return uri


def status(editor: Editor) -> dict[str, Any]:
    """What the editor was told last."""
    told = [params for method, params in editor.told if method == "understudy/didChangeStatus"]
    return told[-1] if told else {"kind": "", "message": "", "remedy": ""}


async def explained(editor: Editor) -> str:
    answer = await editor.run({"command": "understudy.explain"})
    return answer["text"]
