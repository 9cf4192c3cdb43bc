import html.parser
import re
from typing import Any

import msgspec
import pytest
from backtests import backtest, plausible, sight, tally
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_trainer.backtest.figures import figures
from understudy_trainer.backtest.page import report_page
from understudy_trainer.backtest.tally import Backtest

SECTIONS = (
    "Night by night",
    "The arms",
    "What it was good and bad at",
    "Ten suggestions",
    "How it was measured",
    "What it would cost",
    "To run it again",
)

VOID = {"meta", "link", "br", "img"}
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


def test_every_section_is_there():
    assert read(plausible(40)).texts["h2"] == list(SECTIONS)


def test_one_night_is_a_bar_for_each_arm():
    page = read(plausible(20, nights=0))
    assert page.texts["h2"][0] == "Keystrokes saved"
    assert sum(tag == "rect" for tag, _ in page.elements) == 3
    assert not any(tag == "polyline" for tag, _ in page.elements)


def test_several_nights_are_a_line_for_each_arm():
    page = read(plausible(60, nights=3))
    lines = [attributes for tag, attributes in page.elements if tag == "polyline"]
    assert len(lines) == 3
    assert all(len((each["points"] or "").split()) == 4 for each in lines)


def test_a_night_in_which_nothing_had_to_be_typed_breaks_the_line():
    keys = [60, 60, 0, 60]
    tallies = [
        tally(str(night), night=night, keys=each, keys_alone=each)
        for night, each in enumerate(keys)
    ]
    page = read(backtest(tallies))
    lines = [attributes for tag, attributes in page.elements if tag == "polyline"]
    assert [len((each["points"] or "").split()) for each in lines] == [2, 1]


def test_the_page_asks_no_network_and_runs_nothing():
    page = read(plausible(40))
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert not any({"src", "href"} & set(attributes) for _, attributes in page.elements)
    assert "url(" not in report(plausible(40))
    policy = next(each for tag, each in page.elements if "http-equiv" in each)
    assert (policy["content"] or "").startswith("default-src 'none'")


def test_the_headline_is_the_title_of_the_page():
    (said,) = read(plausible(40)).texts["h1"]
    assert re.fullmatch(
        r"Understudy would have saved [\d.]+\N{NO-BREAK SPACE}% of the keystrokes in sums "
        r"\(95\N{NO-BREAK SPACE}% interval [\d.]+ to [\d.]+\N{NO-BREAK SPACE}%\)\.",
        said,
    )


def test_ten_suggestions_are_shown_with_what_was_written():
    page = report(plausible(60))
    assert page.count('class="card example"') == 10
    assert page.count(">Suggested<") == page.count(">Written<") == 10


def test_an_interruption_cannot_be_overlooked():
    page = report(plausible(20, complete=False, walk={"hunks": 200}))
    notice = page[page.index('class="notice"') :]
    assert "20 of 200 were typed with every arm" in notice
    assert 'class="notice"' not in report(plausible(20))


def test_an_arm_that_showed_nothing_is_named():
    page = report(plausible(20, right=(0, 0, 0.3)))
    assert "Suggested nothing: base model." in page


def test_an_arm_that_was_not_begun_is_named():
    page = report(backtest([tally()], complete=False, arms=("understudy", "base")))
    assert "Not begun, and so not in the report: base model." in page


def test_an_empty_history_is_reported_without_figures():
    page = read(backtest([]))
    assert page.texts["h1"] == ["No hunk of sums could be used, so there is nothing to tell."]
    assert page.texts["h2"] == list(SECTIONS[-3:])


@pytest.mark.parametrize("hunks", [1, 2, 11])
def test_few_hunks_make_a_whole_page(hunks: int):
    assert len(read(plausible(hunks, nights=0)).texts["h2"]) == len(SECTIONS)


def test_what_was_left_out_is_counted():
    page = read(plausible(15))
    text = "".join(page.texts["td"])
    assert "800 hunks" in text
    assert "3 commits" in text
    assert "5 changes of files" in text
    assert "Nothing was left out." in report(plausible(15, walk={"left_out": {}}))


def test_the_settings_are_there_to_run_it_again():
    page = report(plausible(15))
    assert "in word (seconds)" in page
    assert "prompter-105m" in page
    assert "a" * 40 in page


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[hostile] * 12))
def test_no_text_becomes_markup(texts: tuple[str, ...]):
    harmless, page = read(with_texts(HARMLESS)), read(with_texts(texts))
    # `pre` and the others need text that isn't empty.
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in harmless.elements}
    assert attributes_of(page) <= attributes_of(harmless)
    assert len(page.texts["style"]) == 2


HARMLESS = ("kind", "above\nline", "text", "true", "a.py", "c", "n", "m", "k", "v", "r", "arm")


def with_texts(texts: tuple[str, ...]) -> Backtest:
    """A backtest that shows all these texts."""
    kind, before, text, truth, path, commit, name, model, key, value, reason, arm = texts
    one = sight(kind=kind, before=before, text=text, truth=truth, taken=0)
    sights = (one, msgspec.structs.replace(one, truth=text, taken=len(text)))
    arms = ("none", f"arm {arm}")
    return backtest(
        [
            tally(f"{night}", arm=each, night=night, path=path, commit=commit, sights=sights)
            for each in arms
            for night in range(2)
        ],
        arms=arms,
        model=model,
        settings={key: value},
        machine={key: value},
        walk={"repository": name, "left_out": {reason: 1}, "first": commit},
    )


def attributes_of(page: Read) -> set[str]:
    return {name for _, attributes in page.elements for name in attributes}


def report(typed: Backtest) -> str:
    return report_page(typed, figures(typed))


def read(typed: Backtest) -> Read:
    page = Read()
    text = report(typed)
    text.encode()
    page.feed(text)
    page.close()
    assert not page.open
    return page
