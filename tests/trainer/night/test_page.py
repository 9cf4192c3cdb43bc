import html.parser
import itertools
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from night_records import AT, empty, full, not_promoted, samples, summarised

from understudy_trainer.night.headline import signed
from understudy_trainer.night.page import DATA, PAGE, night_page, write_history, write_report
from understudy_trainer.night.record import BeforeAfter, Comparison, NightRecord, Point
from understudy_trainer.night.telling import name_of

VOID = {"meta", "link", "br", "img"}

SECTIONS = [
    "Why it was promoted",
    "Ten completions before and after",
    "The proof",
    "What it learned from",
    "Loss while it learned",
    "Practice on answers",
    "Time and energy",
    "Notes",
    "Settings and machine",
    "How it was measured",
]

hostile = st.text(st.sampled_from("<>&\"'ab/ =\0\n\u2028\udc80é{}")) | st.sampled_from(
    ["</style><script>", "]]>", "<!--", "&amp;", "' onload='x", "</pre>", "<b>b</b>"]
)


class Read(html.parser.HTMLParser):
    """What a browser makes of a page: elements, and the text within them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def read(text: str) -> Read:
    page = Read()
    text.encode()
    page.feed(text)
    page.close()
    assert not page.open
    return page


def test_what_was_learned_of_what_people_were_shown_is_told() -> None:
    text = " ".join(itertools.chain(*read(night_page(full())).texts.values()))
    assert "9 holes; 72 times one of those suggestions was learned from" in text


def test_every_section_is_there_in_order():
    assert read(night_page(full())).texts["h2"] == SECTIONS


def test_a_promoted_night_is_told_in_one_sentence():
    (said,) = read(night_page(full())).texts["h1"]
    assert said.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-") == (
        "Promoted: loss on 142 holes of code it had not seen fell from 2.31 to 1.94 nats a token"
        " (-16 %, 95 % -19 to -13); the loss rose on earlier holes by 0.4 % and on other code"
        " by 1.5 %."
    )


def test_what_was_not_forgotten_is_said():
    kept = [
        msgspec.structs.replace(each, candidate=min(each.base, each.parent))
        for each in full().comparisons[2:]
    ]
    record = full(comparisons=(*full().comparisons[:2], *kept))
    assert read(night_page(record)).texts["h1"][0].endswith("; it forgot nothing.")


def test_every_outcome_has_its_page():
    told = {
        "promoted": (full(), "Why it was promoted"),
        "not promoted": (not_promoted(), "Why it was not promoted"),
        "nothing new": (empty(), "Why there was nothing to do"),
        "failed": (summarised(empty(), outcome="failed", reason="vLLM is gone."), "Why it failed"),
    }
    for outcome, (record, section) in told.items():
        page = read(night_page(record))
        assert page.texts["h1"][0].startswith(f"{outcome.capitalize()}: ")
        assert page.texts["h2"][0] == section
    assert "Failed: vLLM is gone." in night_page(told["failed"][0])


def test_a_night_with_nothing_has_no_empty_sections():
    page = read(night_page(empty()))
    assert page.texts["h2"] == [
        "Why there was nothing to do",
        "Time and energy",
        "Settings and machine",
        "How it was measured",
    ]
    assert "not measured" in page.texts["td"]


@pytest.mark.parametrize("record", [full(), not_promoted()])
def test_every_number_of_the_proof_is_there(record: NightRecord):
    page = night_page(record)
    for each in record.comparisons:
        assert each.name in page
        assert f"{each.holes} holes, {each.tokens:,} tokens" in page
        for loss in (each.base, each.parent, each.candidate):
            assert f">{loss:.3f}<" in page
        assert f">{signed(each.gain)}<" in page
        assert f">{signed(each.low)} to {signed(each.high)}<" in page
    assert record.task_set in page


def test_a_night_that_began_anew_has_a_column_for_what_is_served():
    summary = msgspec.structs.replace(full().summary, parent=None)
    heads = read(night_page(full(summary=summary))).texts["th"]
    assert "served" in heads
    assert "parent" not in heads[:6]


def test_a_first_night_has_no_column_for_a_parent():
    assert "parent" in read(night_page(full())).texts["th"]
    assert "parent" not in read(night_page(not_promoted())).texts["th"][:6]


def test_what_the_gate_asked_for_is_marked_in_words():
    said = [text for text in read(night_page(not_promoted())).texts["li"] if "met)" in text]
    assert [text.endswith("(not met)") for text in said] == [False, True, False]


def test_right_and_wrong_are_told_by_words_too():
    record = full(samples=samples(4))
    page = read(night_page(record))
    assert [text for text in page.texts["b"] if text[2:] in ("right", "wrong")] == [
        "✗ wrong", "✓ right",
        "✓ right", "✗ wrong",
        "✗ wrong", "✗ wrong",
        "✓ right", "✓ right",
    ]  # fmt: skip
    assert page.texts["h2"][1] == "4 completions before and after"
    assert "(nothing)" in page.texts["span"]


def test_the_loss_is_drawn_raw_and_smoothed_for_new_and_replayed():
    lines = [
        attributes["class"]
        for tag, attributes in read(night_page(full(practised=None))).elements
        if tag == "polyline"
    ]
    assert lines == ["line raw s2", "line raw s3", "line s2", "line s3"]


@pytest.mark.parametrize(
    "curve",
    [
        (Point(1, 2.0, None),),
        (Point(1, None, None),),
        (Point(1, 2.0, 2.0), Point(2, 2.0, 2.0)),
        tuple(Point(step, 3.0, None) for step in range(1, 3001)),
    ],
)
def test_a_short_a_flat_and_a_long_curve_are_drawn(curve: tuple[Point, ...]):
    page = night_page(full(curve=curve))
    read(page)
    assert "nan" not in page
    assert len(page) < 60_000


def test_losses_that_are_no_numbers_and_sets_without_tokens_are_not_drawn():
    broken = Comparison("new code", 142, 1710, 2.6, 2.6, *[float("nan")] * 4)
    none = Comparison("other code", 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    nan = float("nan")
    curve = (Point(1, nan, 2.0), Point(2, nan, nan))
    record = full(comparisons=(broken, none), curve=curve, practised=None)
    page = read(night_page(record))
    assert not any(attributes.get("class") == "dot s2" for _, attributes in page.elements)
    lines = [attributes["points"] for tag, attributes in page.elements if tag == "polyline"]
    assert len(lines) == 2
    assert not any("nan" in (points or "") for points in lines)


def test_energy_that_was_not_measured_is_not_guessed():
    cells = read(night_page(not_promoted())).texts["td"]
    assert cells.count("not measured") == len(full().spent) + 1
    assert "19.4 kJ" in read(night_page(full())).texts["td"]


def test_the_page_asks_no_network_and_runs_nothing():
    page = read(night_page(full()))
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert not any({"src", "href"} & set(attributes) for _, attributes in page.elements)
    assert "url(" not in night_page(full())


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[hostile] * 12))
def test_no_text_becomes_markup(texts: tuple[str, ...]):
    harmless, page = read(night_page(with_texts(HARMLESS))), read(night_page(with_texts(texts)))
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in harmless.elements}
    assert attributes_of(page) <= attributes_of(harmless)
    assert len(page.texts["style"]) == 2


def test_the_record_lies_beside_its_page(tmp_path: Path):
    for record in (full(), empty()):
        assert write_report(tmp_path / "night", record) == tmp_path / "night" / PAGE
        data = (tmp_path / "night" / DATA).read_bytes()
        assert msgspec.json.decode(data, type=NightRecord) == record


def test_all_nights_have_a_line_the_newest_first(tmp_path: Path):
    records = [
        summarised(record, began_at=AT + day * 86_400_000)
        for day, record in enumerate([full(), not_promoted(), empty(), full()])
    ]
    write_report(tmp_path / name_of(records[3].summary.began_at), records[3])
    text = write_history(tmp_path, records).read_text(encoding="utf-8")
    page = read(text)
    assert page.texts["b"] == ["✓ promoted", "– nothing new", "✗ not promoted", "✓ promoted"]
    assert text.count("\N{MINUS SIGN}0.010 to +0.034") == 1
    assert text.count("+0.300 to +0.440") == 2
    links = [attributes["href"] for tag, attributes in page.elements if tag == "a"]
    assert links == ["2026-11-28-030000/index.html"]
    circles = [attributes["class"] for tag, attributes in page.elements if tag == "circle"]
    assert circles == ["dot s2", "hollow s2", "dot s2"]


def test_no_night_and_one_night_make_a_page(tmp_path: Path):
    for records in ([], [empty()], [full()]):
        page = read(write_history(tmp_path, records).read_text(encoding="utf-8"))
        assert not any(tag == "svg" for tag, _ in page.elements)


HARMLESS = ("kind", "above\nline", "b", "a", "true", "a.py", "c", "m", "k", "v", "r", "arm")


def with_texts(texts: tuple[str, ...]) -> NightRecord:
    """A record that shows all these texts."""
    kind, prefix, before, after, middle, path, commit, model, key, value, reason, note = texts
    shown = (
        BeforeAfter(path, kind, prefix, middle, before, after, "model"),
        # So that both have an answer, an empty one, and a right one.
        BeforeAfter(path, kind, prefix, middle, middle, "", "model"),
    )
    return summarised(
        full(
            name=note,
            samples=shown,
            commit=commit,
            proved_until=commit,
            since=commit,
            base_model=model,
            settings={key: value},
            machine={key: value},
            left_out={reason: 1},
            notes=(note,),
        ),
        reason=reason,
    )


def attributes_of(page: Read) -> set[str]:
    return {name for _, attributes in page.elements for name in attributes}
