"""What is shown at a cursor where the repository's own text has something to say too."""

from pathlib import Path

import pytest
from fake_gateway import FakeGateway, saying
from lsp_client import editor_in_process

CODE = "def area(w, h):\n    return w * h\n\n\ndef plane(w, h):\n    return "
COPY = "w * h"


@pytest.mark.parametrize(
    ("written", "logprob", "shown"),
    [("w + h", -0.05, "w + h"), ("w + h", -3.0, COPY), (" ", -0.05, COPY), (COPY, -0.6, COPY)],
    ids=["likelier", "unlikely", "hidden", "alike"],
)
async def test_the_better_of_what_was_written_and_what_was_copied_is_shown(
    gateway: FakeGateway, work: Path, written: str, logprob: float, shown: str
) -> None:
    gateway.script, gateway.logprob = saying(written), logprob
    async with editor_in_process() as (editor, _):
        uri = (work / "shapes.py").as_uri()
        await editor.initialize(work)
        editor.open(uri, CODE)
        item = await editor.ghost(uri, len(CODE))
    assert len(gateway.asked) == 1
    assert item is not None
    assert item["insertText"] == shown
