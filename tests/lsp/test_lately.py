"""What is remembered of the suggestions of the last minutes."""

from collections.abc import Sequence

import pytest
from experience_facts import an_accepted, an_event, an_ignored, new_id

from understudy_lsp.lately import LATELY, REMEMBERED, Lately, Recall
from understudy_protocol.completion import CompletionId
from understudy_protocol.events import Event

LINE = ("file:///shop/shapes.py", 7)


def shown(lately: Lately, text: str = "width", line: tuple[str, int] = LINE) -> CompletionId:
    completion = CompletionId(new_id())
    lately.shown(completion, text, line)
    return completion


@pytest.mark.parametrize(
    ("events", "taken"),
    [
        ([], 0.0),
        ([an_accepted()] * 8, 0.4),
        ([an_ignored("x")] * 8, -0.4),
        ([an_event("rejected")] * 8, -0.4),
        ([an_event("shown", dwell_ms=9), an_event("discarded", reason="stale")], 0.0),
        ([an_ignored("x")] * 50 + [an_accepted()] * LATELY, 21 / 22 - 0.5),
    ],
)
def test_what_was_taken_lately_is_a_share(events: Sequence[Event], taken: float) -> None:
    lately = Lately()
    lately.heard(events)
    assert lately.recall("width", LINE).taken == pytest.approx(taken)


def test_what_was_taken_in_part_was_taken() -> None:
    lately, ignored = Lately(), an_ignored("x")
    part = an_event("partially_accepted", completion=ignored.completion, length=4)
    lately.heard([part, part, ignored])
    assert lately.recall("", LINE).taken == pytest.approx(2 / 3 - 0.5)


def test_the_same_text_is_counted_wherever_it_was_and_the_line_whatever_it_was() -> None:
    lately, elsewhere = Lately(), ("file:///shop/other.py", 7)
    shown(lately)
    shown(lately, line=elsewhere)
    shown(lately, "height")
    assert lately.recall("width", elsewhere) == Recall(again=2, on_line=1)
    assert lately.recall("height", LINE) == Recall(again=1, on_line=2)
    assert lately.recall("depth", ("file:///shop/shapes.py", 8)) == Recall()


def test_a_text_is_taken_once_for_a_completion() -> None:
    lately = Lately()
    completion = shown(lately)
    part = an_event("partially_accepted", completion=completion, length=2)
    lately.heard([part, part, an_accepted(completion=completion)])
    assert lately.recall("width", LINE).again_taken == 1


def test_old_texts_and_completions_are_forgotten() -> None:
    lately = Lately()
    first = shown(lately)
    for number in range(REMEMBERED):
        shown(lately, f"text {number}", ("file:///shop/shapes.py", number + 8))
    lately.heard([an_accepted(completion=first)])
    recall = lately.recall("width", LINE)
    assert (recall.again, recall.again_taken, recall.on_line) == (0, 0, 0)
