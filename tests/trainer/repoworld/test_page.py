"""The comparison page says what the figures say, and is made of nothing else."""

import io
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console
from task_sets import hole, results, task_set

from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.comparison import Comparison, compare
from understudy_trainer.repoworld.markup import Markup, element, joined
from understudy_trainer.repoworld.page import comparison_page
from understudy_trainer.repoworld.plots import Row, interval_plot
from understudy_trainer.repoworld.report import table, write_report
from understudy_trainer.repoworld.results import Result
from understudy_trainer.repoworld.side_by_side import SHOWN, chosen
from understudy_trainer.repoworld.task_set import TaskSet

HOLES = task_set(60)
MADE = [
    *results(HOLES, "nothing", success=0),
    *results(HOLES, "oracle", success=1),
    *results(HOLES, "copy", success=0.2),
    *results(HOLES, "base", success=0.6, loss=1.4),
    *results(HOLES, "base+snippets", success=0.9, loss=1.1),
]
HOSTILE = "</code><script>alert(1)</script>\" onload='x' & ]]> <!-- \x00\x1b[31m"


class Read(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(of: TaskSet, made: list[Result], **described: str) -> str:
    return comparison_page(of, made, compare(of, made), described=described)


def told(text: str) -> str:
    """As a reader of the page sees it."""
    return re.sub(r"\s+", " ", Read(text).text)


@cache
def plain_page() -> Read:
    return Read(page_of(HOLES, MADE))


def hostile(text: str) -> tuple[TaskSet, list[Result]]:
    fields = dict.fromkeys(("world", "kind", "path", "prefix", "suffix"), text)
    of = TaskSet(text, 0, (), (hole(text, **fields), hole(f"{text} more", **fields)))
    answer = Answer(candidates=(text, text), loss=1.0, loss_tokens=2)
    return of, [
        Result(of.hash, agent, each.id, answer, success)
        for agent, success in ((text, True), ("copy", False))
        for each in of.holes
    ]


def test_the_page_says_what_was_measured() -> None:
    text = told(page_of(HOLES, MADE, cpu="a slow one"))
    comparison = compare(HOLES, MADE)
    assert comparison.headline in text
    for expected in (HOLES.hash, "a slow one", "60 holes of 3 kinds in 2 worlds", "more than copy"):
        assert expected in text
    for agent in comparison.figures.agents:
        assert f"{100 * agent.success:.1f} %" in text
        assert agent.agent in text
    assert f"{comparison.differences['base+snippets'].success * 100:+.1f}" in text


def test_the_page_has_everything_in_it_and_asks_no_network() -> None:
    page = page_of(HOLES, MADE)
    read = Read(page)
    assert read.open == []
    assert not read.tags & {"script", "link", "img", "iframe", "object", "form"}
    assert not read.attributes & {"src", "href", "onload", "onclick"}
    assert "url(" not in page
    assert "@import" not in page


@given(st.text(st.characters(codec="utf-8")))
@example(HOSTILE)
def test_no_text_of_holes_or_answers_becomes_markup(text: str) -> None:
    known = plain_page()
    of, made = hostile(text)
    read = Read(page_of(of, made, **{text: text}))
    assert read.tags <= known.tags
    assert read.attributes <= known.attributes
    assert read.open == []


def test_control_characters_are_shown_as_signs() -> None:
    assert element("p", "a\x00\x1b\tb\n") == "<p>a␀␛\tb\n</p>"
    assert element("p", "\ud800\x7f") == "<p>\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}</p>"


@given(st.text(), st.text())
def test_elements_escape_text_and_leave_markup_alone(text: str, attribute: str) -> None:
    made = element("p", text, element("b", text), title=attribute)
    assert isinstance(made, Markup)
    assert Read(made).tags == {"p", "b"}
    assert Read(made).open == []
    assert joined(made, made) == made + made


def test_the_headline_says_what_the_best_one_has_more_than_the_one_to_beat() -> None:
    headline = compare(HOLES, MADE).headline
    assert re.fullmatch(
        r"base\+snippets fills [\d.]+ % of 60 holes \([\d.]+ to [\d.]+\), "
        r"[\d.]+ points more than copy \([\d.]+ to [\d.]+\)\.",
        headline,
    )


def test_the_headline_does_not_make_much_of_chance() -> None:
    alike = [*results(HOLES, "copy", success=0.5), *results(HOLES, "base", success=0.5)]
    assert "cannot be told apart" in compare(HOLES, alike).headline
    assert " more than " not in compare(HOLES, alike).headline


def test_where_copying_is_best_it_is_set_beside_the_next() -> None:
    made = [*results(HOLES, "copy", success=0.9), *results(HOLES, "base", success=0.2)]
    assert "more than base" in compare(HOLES, made).headline


@pytest.mark.parametrize(
    ("agents", "expected"),
    [
        (["nothing", "oracle"], "Only controls were run: nothing 0.0 %, oracle 100.0 %."),
        (["base"], "base fills"),
    ],
)
def test_few_agents_have_a_headline_and_a_page_too(agents: list[str], expected: str) -> None:
    chances = {"nothing": 0.0, "oracle": 1.0, "base": 0.5}
    made = [each for name in agents for each in results(HOLES, name, success=chances[name])]
    text = told(page_of(HOLES, made))
    assert expected in text
    assert "No agent that was run has a loss." in text


def test_a_run_that_was_not_finished_says_so() -> None:
    text = told(page_of(HOLES, MADE[:-10]))
    assert "50 of 60 holes (the run was not finished)" in text


def test_shown_holes_are_chosen_by_hash_and_spread_over_kinds() -> None:
    found = chosen(HOLES.holes)
    assert len(found) == SHOWN
    assert chosen(tuple(reversed(HOLES.holes))) == found
    counts = [sum(each.kind == kind for each in found) for kind in {each.kind for each in found}]
    assert max(counts) - min(counts) <= 1
    first = min(HOLES.holes, key=lambda each: each.id)
    assert first in found[:3]


def test_plots_hold_all_rows_within_their_ticks() -> None:
    rows = [Row("a", 1.31, 1.29, 1.33, "1.31"), Row("b", 1.4, 1.4, 1.4, "1.40")]
    for from_zero in (True, False):
        made = interval_plot(rows, unit="", from_zero=from_zero)
        places = [float(place) for place in re.findall(r'(?:x1|cx)="([\d.-]+)%"', made)]
        assert places
        assert all(0 <= place <= 100 for place in places)
    assert interval_plot([Row("a", 0, 0, 0, "0")], unit=" %", from_zero=True)


def test_a_report_is_a_page_and_figures_as_json(tmp_path: Path) -> None:
    comparison = compare(HOLES, MADE)
    page = write_report(
        tmp_path / "new", task_set=HOLES, results=MADE, comparison=comparison, described={}
    )
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    written = (tmp_path / "new" / "figures.json").read_bytes()
    assert msgspec.json.decode(written, type=Comparison) == comparison


def test_the_table_for_the_terminal_takes_names_as_text() -> None:
    made = [*MADE, *results(HOLES, "[red]odd[/]", success=0.5)]
    printed = io.StringIO()
    Console(width=160, file=printed).print(table(compare(HOLES, made)))
    text = printed.getvalue()
    assert "[red]odd[/]" in text
    assert HOLES.hash in text
    assert "100.0 %" in text
