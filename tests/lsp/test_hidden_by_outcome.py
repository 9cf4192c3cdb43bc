"""From an outcome model that the gateway has to what is not shown, and why that is."""

from pathlib import Path
from typing import Any

from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import Editor, editor_in_process
from outcome_models import HIDING_ALL
from workplace import explained

from understudy_lsp.consent import Answer
from understudy_lsp.offer import SELDOM_TAKEN
from understudy_lsp.server import Understudy
from understudy_protocol.events import Discarded, DiscardReason, Shown
from understudy_protocol.outcome import EXPLORED, OutcomeModel, explored

LINES = 8
CODE = "".join(f"size_{line} = \n" for line in range(LINES))


async def ghost(
    editor: Editor, uri: str, line: int, *, invoked: bool = False
) -> dict[str, Any] | None:
    return await editor.ghost(uri, len("size_0 = \n") * (line + 1) - 1, invoked=invoked)


async def at_work(gateway: FakeGateway, editor: Editor, work: Path, server: Understudy) -> str:
    """The open document, once the language server knows of the release, by its first answer."""
    gateway.script, gateway.release = saying("width"), "0123456789ab"
    uri = (work / "shapes.py").as_uri()
    await editor.initialize(work)
    editor.open(uri, CODE)
    assert await ghost(editor, uri, 0) is not None
    folder = await server.session.folders.home_of(uri)
    server.session.consents.set(folder.repository, Answer.YES)
    if gateway.outcome is not None:
        await until(lambda: server.session.outcomes.of(folder.repository) is not None)
    return uri


async def first_hidden(gateway: FakeGateway, editor: Editor, uri: str) -> int:
    """A line at which something was hidden; what is explored on the way is shown."""
    for line in range(1, LINES):
        item = await ghost(editor, uri, line)
        asked = gateway.asked[-1].id
        assert asked is not None
        assert (item is not None) is explored(asked)
        if item is None:
            return line
    raise AssertionError("seven explored of seven: one in a thousand million")


async def test_what_will_not_be_taken_is_hidden_with_its_reason(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.outcome = HIDING_ALL
    async with editor_in_process() as (editor, server):
        uri = await at_work(gateway, editor, work, server)
        await first_hidden(gateway, editor, uri)
        assert SELDOM_TAKEN in await explained(editor)
        hidden = gateway.asked[-1].id
        await until(lambda: any(event.completion == hidden for event in gateway.events))
    [event] = [event for event in gateway.events if event.completion == hidden]
    assert isinstance(event, Discarded)
    assert (event.reason, event.detail) == (DiscardReason.LOW_SCORE, SELDOM_TAKEN)


async def test_what_is_asked_for_by_hand_is_shown(gateway: FakeGateway, work: Path) -> None:
    gateway.outcome = HIDING_ALL
    async with editor_in_process() as (editor, server):
        uri = await at_work(gateway, editor, work, server)
        line = await first_hidden(gateway, editor, uri)
        item = await ghost(editor, uri, line, invoked=True)
        assert item is not None
        assert item["insertText"] == "width"


async def test_nothing_is_hidden_with_a_release_that_has_no_model(
    gateway: FakeGateway, work: Path
) -> None:
    async with editor_in_process() as (editor, server):
        uri = await at_work(gateway, editor, work, server)
        for line in range(1, LINES):
            assert await ghost(editor, uri, line) is not None


async def test_what_was_shown_is_told_with_what_was_known_of_it(
    gateway: FakeGateway, work: Path
) -> None:
    shown = await shown_first(gateway, work, outcome=None)
    assert shown.propensity == 1.0
    assert shown.features is not None
    measures = (shown.features.known, shown.features.total, shown.features.sign)
    assert measures == (1.0, -0.15, 1.0)
    assert shown.features.odds > 0


async def test_what_was_shown_to_learn_from_it_says_so(gateway: FakeGateway, work: Path) -> None:
    shown = await shown_first(gateway, work, outcome=HIDING_ALL)
    assert shown.propensity == EXPLORED


async def shown_first(gateway: FakeGateway, work: Path, outcome: OutcomeModel | None) -> Shown:
    gateway.outcome = outcome
    async with editor_in_process() as (editor, server):
        uri = await at_work(gateway, editor, work, server)
        for number in range(1000):  # each time it is another completion, with a chance of its own
            end = len(editor.texts[uri])
            editor.edit(uri, end, end, f"more_{number} = ")
            item = await editor.ghost(uri, len(editor.texts[uri]))
            if item is not None:
                editor.accept(uri, item)
                break
            editor.edit(uri, len(editor.texts[uri]), len(editor.texts[uri]), "\n")
        await until(lambda: any(isinstance(event, Shown) for event in gateway.events))
    return next(event for event in gateway.events if isinstance(event, Shown))
