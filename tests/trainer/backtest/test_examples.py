from collections.abc import Sequence

from backtests import backtest, plausible, sight, tally
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.backtest.examples import EACH, Example, Examples, examples
from understudy_trainer.backtest.figures import figures
from understudy_trainer.backtest.tally import Backtest, HunkTally

signs = st.text("ab", max_size=4)


def test_the_wrong_ones_that_stood_longest_are_chosen():
    stood = [100, 900, 300, 4000, 700, 500, 2000]
    tallies = [wrong(f"{ms}", path=f"{ms}.py", dwell_ms=ms) for ms in stood]
    chosen = examples_of(backtest(tallies)).wrong
    assert [each.sight.dwell_ms for each in chosen] == [4000, 2000, 900, 700, 500]


def test_a_file_comes_again_only_when_there_is_no_other():
    tallies = [wrong(f"a{ms}", path="a.py", dwell_ms=ms) for ms in (9000, 8000, 7000, 6000)]
    tallies += [wrong("b", path="b.py", dwell_ms=100), wrong("c", path="c.py", dwell_ms=200)]
    chosen = examples_of(backtest(tallies)).wrong
    assert [(each.path, each.sight.dwell_ms) for each in chosen] == [
        ("a.py", 9000),
        ("a.py", 8000),
        ("a.py", 7000),
        ("c.py", 200),
        ("b.py", 100),
    ]


def test_taken_ones_are_short_and_long():
    tallies = [good(number, path=f"{number}.py") for number in range(1, 51)]
    chosen = examples_of(backtest(tallies)).taken
    assert [each.sight.taken for each in chosen] == [6, 16, 26, 36, 46]


def test_taken_ones_are_spread_over_files():
    tallies = [good(number, path="a.py") for number in range(1, 40)]
    tallies += [good(number, path=f"{number}.py") for number in range(40, 44)]
    chosen = examples_of(backtest(tallies)).taken
    assert len({each.path for each in chosen}) == EACH


def test_the_same_suggestion_is_shown_once():
    tallies = [wrong(str(number), path=f"{number}.py", text="same") for number in range(9)]
    assert len(examples_of(backtest(tallies)).wrong) == 1


def test_what_ends_early_but_agrees_is_not_wrong():
    tallies = [
        wrong("short", text="sum(", truth="sum(numbers)"),
        wrong("long", text="sum(numbers) + 1", truth="sum(numbers)"),
        wrong("other", text="sum(other)", truth="sum(numbers)"),
        wrong("nothing", text="sum(more)", truth=""),
    ]
    chosen = examples_of(backtest(tallies)).wrong
    assert sorted(each.sight.text for each in chosen) == ["sum(more)", "sum(other)"]


def test_only_the_arm_of_the_headline_is_quoted():
    tallies = [wrong("1", text="first", arm="base"), wrong("1", text="second")]
    assert [each.sight.text for each in examples_of(backtest(tallies)).wrong] == ["second"]


def test_there_are_no_more_than_there_are():
    chosen = examples_of(backtest([good(3), wrong("w")]))
    assert (len(chosen.taken), len(chosen.wrong)) == (1, 1)
    assert examples_of(backtest([])) == Examples((), ())


def test_the_choice_does_not_hang_on_the_order_of_tallies():
    typed = plausible(40)
    turned = backtest(list(reversed(typed.tallies)))
    assert texts(examples_of(typed).wrong) == texts(examples_of(turned).wrong)
    assert texts(examples_of(typed).taken) == texts(examples_of(turned).taken)


@given(signs, signs)
def test_agreement_ends_where_the_texts_part(text: str, truth: str):
    agrees = Example("a.py", "c", 0, sight(text=text, truth=truth)).agrees
    assert text[:agrees] == truth[:agrees]
    assert text[agrees : agrees + 1] != truth[agrees : agrees + 1] or agrees == len(text)


def examples_of(typed: Backtest) -> Examples:
    return examples(typed, figures(typed))


def good(taken: int, *, path: str = "a.py") -> HunkTally:
    text = "x" * taken
    return tally(f"good {taken}", path=path, sights=(sight(text=text, truth=text, taken=taken),))


def wrong(
    hunk: str,
    *,
    path: str = "a.py",
    arm: str = "understudy",
    text: str | None = None,
    truth: str = "sum(numbers)",
    dwell_ms: int = 1000,
) -> HunkTally:
    shown = sight(text=text or f"not {hunk}", truth=truth, taken=0, dwell_ms=dwell_ms)
    return tally(hunk, path=path, arm=arm, sights=(shown,))


def texts(chosen: Sequence[Example]) -> list[str]:
    return [each.sight.text for each in chosen]
