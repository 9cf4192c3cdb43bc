"""`understudy explain`: what the language server left, for people and as JSON."""

import logging
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import editor_in_process
from workplace import CODE, opened

from understudy_lsp.commands.explain import explain
from understudy_lsp.consent import Answer
from understudy_lsp.repository import find_repository
from understudy_protocol.events import Discarded


@pytest.mark.usefixtures("state")
def test_nothing_to_explain_says_what_to_do() -> None:
    said = CliRunner().invoke(explain, catch_exceptions=False)
    assert "type in an editor" in said.output
    assert CliRunner().invoke(explain, ["--json"], catch_exceptions=False).output == "[]\n"


async def test_what_was_shown_is_explained(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying("width * height")
    await ask(gateway, work)
    assert "width * height" in CliRunner().invoke(explain, catch_exceptions=False).output


async def test_what_was_hidden_has_its_reason_everywhere(
    gateway: FakeGateway, work: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In the explanation, in the log, and as an event, which the metrics count."""
    gateway.script = saying("width * * (")
    with caplog.at_level(logging.INFO, "understudy_lsp"):
        await ask(gateway, work, events=1)
    [told] = msgspec.json.decode(CliRunner().invoke(explain, ["--json"]).output)
    [event] = [each for each in gateway.events if isinstance(each, Discarded)]
    assert event.reason == "filter"
    assert told["silence"] == event.detail
    assert f"a suggestion was hidden: filter ({event.detail})" in caplog.text


async def ask(gateway: FakeGateway, work: Path, *, events: int = 0) -> None:
    async with editor_in_process() as (editor, server):
        server.session.consents.set(find_repository(work).id, Answer.YES)
        uri = await opened(editor, work)
        await editor.ghost(uri, len(CODE), invoked=True)
        server.session.journal.save(server.session.journal.encoded() or b"")
        await until(lambda: len(gateway.events) >= events)
