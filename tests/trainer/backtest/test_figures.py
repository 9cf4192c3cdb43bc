import msgspec
import numpy as np
import pytest
from backtests import backtest, plausible, sight, tally

from understudy_protocol.events import READ_MS
from understudy_trainer.backtest.estimate import LEAST, Estimate
from understudy_trainer.backtest.figures import Figures, figures


def test_figures_are_ratios_of_sums_over_hunks():
    found = figures(
        backtest(
            [
                tally("1", characters=60, keys=50, keys_alone=60, kept=10),
                tally(
                    "2",
                    characters=140,
                    keys=130,
                    keys_alone=140,
                    kept=14,
                    sights=(sight(taken=16), sight(taken=0, dwell_ms=2000, text="0")),
                    calls=13,
                    prompt_tokens=1100,
                    output_tokens=70,
                    seconds=40.0,
                    first_text_ms=(40.0, 120.0),
                ),
            ]
        )
    ).arms["understudy"]
    assert found.saved.value == pytest.approx(1 - 180 / 200)
    assert found.share.value == pytest.approx((12 + 16) / 200)
    assert found.kept.value == pytest.approx(24 / 28)
    assert found.taken_of_shown.value == pytest.approx(2 / 3)
    assert found.calls_per_1000_keys.value == pytest.approx(1000 * 18 / 180)
    assert found.prompt_tokens_per_1000_characters.value == pytest.approx(1000 * 2000 / 200)
    assert found.output_tokens_per_1000_characters.value == pytest.approx(1000 * 100 / 200)
    assert found.first_text_ms_p50 == 80.0
    assert found.first_text_ms_p95 == pytest.approx(np.percentile([40, 80, 120], 95))
    assert (found.hunks, found.shown, found.accepted, found.seconds) == (2, 3, 28, 60.0)


def test_a_suggestion_is_read_when_it_stood_long_enough_or_was_taken():
    sights = (
        sight(dwell_ms=READ_MS, taken=0, text="0"),
        sight(dwell_ms=READ_MS - 1, taken=0, text="0"),
        sight(dwell_ms=READ_MS - 1, taken=12),
    )
    found = figures(backtest([tally(sights=sights)])).arms["understudy"]
    assert (found.shown, found.read, found.taken) == (3, 2, 1)
    assert found.acceptance.value == pytest.approx(1 / 2)
    assert found.taken_of_shown.value == pytest.approx(1 / 3)


def test_only_hunks_typed_with_every_arm_are_counted():
    tallies = [
        tally("1", arm="base", keys=60, sights=()),
        tally("1", arm="understudy", keys=30),
        tally("2", arm="base", keys=60, sights=()),
    ]
    found = figures(backtest(tallies))
    assert (found.hunks, found.unpaired) == (1, 1)
    assert found.not_begun == ("none",)
    assert found.arms["understudy"].saved.value == pytest.approx(1 / 2)
    assert found.arms["base"].hunks == 1


def test_a_hunk_that_was_typed_twice_counts_as_it_was_typed_last():
    tallies = [tally("1", keys=60), tally("1", keys=30)]
    found = figures(backtest(tallies)).arms["understudy"]
    assert (found.hunks, found.saved.value) == (1, pytest.approx(1 / 2))


def test_the_headline_is_about_the_last_arm_even_when_it_is_not_the_best():
    tallies = [tally(arm="none", sights=()), tally(arm="base", keys=10), tally(keys=59)]
    assert figures(backtest(tallies)).main == "understudy"


def test_without_an_assistant_there_is_no_arm_to_speak_of():
    found = figures(backtest([tally(arm="none", sights=(), keys=60)]))
    assert found.main is None
    assert found.arms["none"].saved.value == 0.0


def test_without_hunks_there_are_no_figures():
    found = figures(backtest([]))
    assert (found.hunks, found.arms, found.nights, found.differences) == (0, {}, (), ())


def test_what_cannot_be_divided_has_no_value():
    found = figures(backtest([tally(sights=(), kept=0, first_text_ms=())])).arms["understudy"]
    assert found.acceptance == found.taken_of_shown == found.kept == Estimate()
    assert found.first_text_ms_p50 is None
    assert found.share.value == 0.0


def test_few_hunks_have_no_interval():
    few, enough = (
        figures(backtest([tally(str(number), keys=40 + number) for number in range(count)]))
        for count in (LEAST - 1, LEAST)
    )
    assert few.arms["understudy"].saved.low is None
    low, value, high = ends(enough.arms["understudy"].saved)
    assert low < value < high


def test_the_interval_covers_the_truth_in_nearly_all_histories():
    """Where every hunk saves nothing or half of its keys, with even chances."""
    chance = np.random.default_rng(1)
    covered = 0
    for _ in range(60):
        keys = [30 if chance.random() < 0.5 else 60 for _ in range(40)]
        typed = [tally(str(number), keys=each, sights=()) for number, each in enumerate(keys)]
        low, _, high = ends(figures(backtest(typed)).arms["understudy"].saved)
        covered += low <= 0.25 <= high
    assert 52 <= covered <= 60


def test_a_difference_is_surer_than_the_arms_are():
    """Hunks differ much, and in each of them the one arm saves four keys more than the other."""
    tallies = []
    for number in range(40):
        keys = 20 + number
        tallies += [
            tally(str(number), arm="base", keys=keys + 4),
            tally(str(number), arm="understudy", keys=keys),
        ]
    found = figures(backtest(tallies))
    (difference,) = found.differences
    assert (difference.arm, difference.beside) == ("understudy", "base")
    low, value, high = ends(difference.saved)
    assert value == pytest.approx(4 / 60)
    assert high - low < 1e-9
    one = ends(found.arms["understudy"].saved)
    assert one[2] - one[0] > 0.05


def test_what_is_kept_of_each_character_written_is_compared_as_a_gain():
    """In each hunk the one arm has 12 kept characters, the other 10."""
    tallies = []
    for number in range(40):
        tallies += [
            tally(str(number), arm="base", characters=60, kept=10),
            tally(str(number), arm="understudy", characters=60, kept=12),
        ]
    found = figures(backtest(tallies))
    (difference,) = found.differences
    assert found.arms["understudy"].kept_share.value == pytest.approx(12 / 60)
    assert ends(difference.kept_gain) == pytest.approx((0.2, 0.2, 0.2))


def test_arms_that_learn_are_compared_after_their_first_night():
    """Before it they are what the other is, and afterwards twice as good."""
    tallies = []
    for number in range(60):
        night = number // 30
        kept = 20 if night else 10
        tallies += [
            tally(str(number), arm="base", night=night, characters=60, kept=10),
            tally(str(number), arm="understudy", night=night, characters=60, kept=10),
            tally(str(number), arm="learning", night=night, characters=60, kept=kept),
        ]
    found = figures(backtest(tallies, arms=("base", "understudy", "learning")))
    assert [
        (each.arm, each.beside, each.after_a_night, each.kept_gain.value)
        for each in found.differences
    ] == [
        ("understudy", "base", False, pytest.approx(0.0)),
        ("learning", "base", True, pytest.approx(1.0)),
        ("learning", "understudy", True, pytest.approx(1.0)),
    ]


def test_where_no_night_lay_between_hunks_an_arm_that_learns_is_compared_with_nothing():
    tallies = [tally(str(n), arm=arm) for n in range(40) for arm in ("base", "learning")]
    assert figures(backtest(tallies, arms=("base", "learning"))).differences == ()


def test_nothing_is_compared_with_having_no_assistant():
    found = figures(plausible(12))
    assert [(each.arm, each.beside) for each in found.differences] == [("understudy", "base")]


def test_nights_have_figures_of_their_own():
    tallies = [
        tally("1", night=0, at=100, keys=60),
        tally("2", night=0, at=300, keys=60),
        tally("3", night=2, at=500, keys=30),
    ]
    first, last = figures(backtest(tallies)).nights
    assert (first.night, first.first_at, first.last_at) == (0, 100, 300)
    assert (last.night, last.first_at) == (2, 500)
    assert first.arms["understudy"].saved.value == 0.0
    assert last.arms["understudy"].saved.value == pytest.approx(1 / 2)


def test_kinds_have_the_suggestions_of_their_places():
    tallies = [
        tally("1", sights=(sight(kind="raise"), sight(kind="condition", taken=0, text="0"))),
        tally("2", sights=(sight(kind="condition"),)),
        tally("1", arm="base", sights=()),
        tally("2", arm="base", sights=()),
    ]
    kinds = figures(backtest(tallies)).kinds
    assert sorted(kinds) == ["condition", "raise"]
    condition = kinds["condition"]["understudy"]
    assert (condition.hunks, condition.shown, condition.taken) == (2, 2, 1)
    assert condition.taken_of_shown.value == pytest.approx(1 / 2)
    assert kinds["raise"]["understudy"].hunks == 1
    assert kinds["raise"]["base"].shown == 0


def test_folders_have_the_hunks_of_their_files():
    tallies = [
        tally("1", path="src/sums/a.py", keys=30),
        tally("2", path="src/sums/b.py", keys=60),
        tally("3", path="tests/a.py", keys=60),
    ]
    folders = figures(backtest(tallies)).folders
    assert {name: arms["understudy"].hunks for name, arms in folders.items()} == {
        "src": 2,
        "tests": 1,
    }
    assert folders["src"]["understudy"].saved.value == pytest.approx(1 / 4)


def test_figures_survive_json():
    found = figures(plausible(15))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Figures) == found


def test_the_same_tallies_give_the_same_figures():
    assert figures(plausible(20, seed=3)) == figures(plausible(20, seed=3))


def ends(estimate: Estimate) -> tuple[float, float, float]:
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.high is not None
    return estimate.low, estimate.value, estimate.high
