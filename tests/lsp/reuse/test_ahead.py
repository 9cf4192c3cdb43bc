import msgspec
import pytest
from snapshots import snapshot_of

from understudy_lsp.eagerness import Eagerness
from understudy_lsp.reuse.ahead import READING_S, Ahead, ask_ahead, worth_asking_ahead
from understudy_lsp.reuse.answer import Answer
from understudy_lsp.reuse.cache import SuggestionCache
from understudy_lsp.reuse.place import place_of
from understudy_lsp.snapshot import Indent, Snapshot
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId, Mode
from understudy_protocol.events import Reuse


def suggestion_at(
    snapshot: Snapshot,
    text: str,
    *,
    replaces: int = 0,
    mode: Mode = Mode.LINE,
    likelihood: float | None = None,
) -> Suggestion:
    return Suggestion(
        completion=CompletionId("c1"),
        uri=snapshot.uri,
        offset=snapshot.offset,
        text=text,
        replaces=replaces,
        mode=mode,
        likelihood=likelihood,
    )


def ahead_of(drawn: str, text: str, *, replaces: int = 0, mode: Mode = Mode.LINE) -> Ahead | None:
    snapshot = snapshot_of(drawn)
    return ask_ahead(snapshot, suggestion_at(snapshot, text, replaces=replaces, mode=mode))


def drawn(snapshot: Snapshot) -> str:
    return f"{snapshot.prefix}‸{snapshot.suffix}"


def test_the_next_line_is_asked_for_as_deep_as_the_accepted_one() -> None:
    ahead = ahead_of("def f():\n    x = ‸\n\ny", "1")
    assert ahead is not None
    assert drawn(ahead.accepted) == "def f():\n    x = 1‸\n\ny"
    assert drawn(ahead.asked) == "def f():\n    x = 1\n    ‸\n\ny"
    assert (ahead.lead, ahead.mode) == ("\n    ", Mode.LINE)


def test_a_line_that_opens_a_block_is_followed_by_the_block() -> None:
    ahead = ahead_of("if ‸\n", "x:")
    assert ahead is not None
    assert drawn(ahead.asked) == "if x:\n    ‸\n"
    assert ahead.mode is Mode.BLOCK


def test_tabs_and_windows_line_breaks_are_kept() -> None:
    snapshot = msgspec.structs.replace(snapshot_of("\tif ‸\r\n"), indent=Indent(spaces=False))
    ahead = ask_ahead(snapshot, suggestion_at(snapshot, "x {"))
    assert ahead is not None
    assert drawn(ahead.asked) == "\tif x {\r\n\t\t‸\r\n"


def test_what_the_suggestion_replaces_is_gone() -> None:
    ahead = ahead_of("foo(‸)\n", "bar)", replaces=1)
    assert ahead is not None
    assert drawn(ahead.accepted) == "foo(bar)‸\n"


@pytest.mark.parametrize(
    ("place", "text", "mode"),
    [
        ("foo(‸)\n", "bar", Mode.LINE),
        ("    ‸\n", "return x", Mode.LINE),
        ("    ‸\n", "break;", Mode.LINE),
        ("    ‸\n", "a", Mode.BLOCK),
        ("    ‸\n", "a\n    b", Mode.LINE),
    ],
)
def test_nothing_is_asked_where_nothing_can_be_foreseen(place: str, text: str, mode: Mode) -> None:
    assert ahead_of(place, text, mode=mode) is None


def test_the_answer_is_found_after_the_accept_and_after_enter() -> None:
    ahead = ahead_of("x = ‸\r\n", "1")
    assert ahead is not None
    cache = SuggestionCache()
    cache.put(
        Answer(
            place=place_of(ahead.accepted),
            completion=CompletionId("c2"),
            text=ahead.lead + "y = 2",
            mode=ahead.mode,
            complete=True,
            at=0.0,
            reuse=Reuse.AHEAD,
        )
    )
    for snapshot, text in ((ahead.accepted, "\ny = 2"), (ahead.asked, "y = 2")):
        hit = cache.find(snapshot, mode=Mode.LINE, now=1.0)
        assert hit is not None
        assert (hit.text, hit.reuse) == (text, Reuse.AHEAD)


@pytest.mark.parametrize(
    ("idle", "stood_s", "eagerness", "likelihood", "worth"),
    [
        (True, READING_S, Eagerness.MEDIUM, 0.9, True),
        (False, READING_S, Eagerness.MEDIUM, 0.9, False),
        (True, READING_S / 2, Eagerness.MEDIUM, 0.9, False),
        (True, READING_S, Eagerness.MANUAL, 0.9, False),
        (True, READING_S, Eagerness.HIGH, 0.1, False),
    ],
)
def test_only_an_idle_engine_is_asked_about_a_likely_suggestion_that_is_being_read(
    idle: bool, stood_s: float, eagerness: Eagerness, likelihood: float, worth: bool
) -> None:
    suggestion = suggestion_at(snapshot_of("‸"), "x", likelihood=likelihood)
    asked = worth_asking_ahead(suggestion, idle=idle, stood_s=stood_s, eagerness=eagerness)
    assert asked is worth
