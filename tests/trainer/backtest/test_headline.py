import msgspec
from backtests import backtest, plausible, sight, tally

from understudy_trainer.backtest.estimate import Estimate
from understudy_trainer.backtest.figures import Difference, figures
from understudy_trainer.backtest.headline import CHANCE, beside, headline
from understudy_trainer.backtest.tally import Backtest

NOTHING = Estimate()


def test_what_was_saved_is_said_with_its_interval():
    typed = [tally(str(number), keys=40 + number % 11) for number in range(44)]
    said = said_of(backtest(typed))
    assert said.startswith("Understudy would have saved 25.0 % of the keystrokes in sums (95 % ")
    # 1.96 standard errors: keys are even from 0 to 10, of 60, in 44 hunks.
    assert "interval 23.4 to 26.6 %)." in said


def test_an_interval_that_holds_zero_is_no_difference():
    keys = [59] + [60] * 15
    typed = [tally(str(number), keys=each) for number, each in enumerate(keys)]
    said = said_of(backtest(typed))
    assert "no difference that can be told from chance" in said
    assert "0.1 % of the keystrokes saved (95 % interval 0.0 to 0.3 %)" in said
    assert "would have" not in said


def test_keys_that_were_lost_are_said_as_plainly():
    typed = [tally(str(number), keys=66 + number % 3) for number in range(30)]
    said = said_of(backtest(typed))
    assert said.startswith("Understudy would have cost 11.7 % more keystrokes in sums (95 % ")


def test_few_hunks_are_said_to_be_too_few():
    said = said_of(backtest([tally(keys=30)]))
    assert "In 1 hunk of sums Understudy would have saved 50.0 %" in said
    assert "too little to tell it from chance" in said
    assert "interval" not in said


def test_no_hunks_are_said_plainly():
    assert said_of(backtest([])) == "No hunk of sums could be used, so there is nothing to tell."


def test_an_interrupted_backtest_says_how_far_it_came():
    typed = [tally(str(number), keys=40 + number % 11) for number in range(44)]
    said = said_of(backtest(typed, complete=False, walk={"hunks": 1200}))
    assert said.startswith("Ended after 44 of 1,200 hunks: Understudy would have saved 25.0 %")


def test_an_interruption_before_all_arms_typed_a_hunk_is_no_empty_history():
    typed = [tally("1", arm="none", sights=()), tally("2", arm="base")]
    said = said_of(backtest(typed, complete=False))
    assert "was ended before one of its hunks had been typed with every arm" in said


def test_an_arm_that_shows_nothing_saved_nothing():
    said = said_of(plausible(15, right=(0, 0, 0)))
    assert said == "Understudy suggested nothing in 15 hunks of sums, so it saved nothing."


def test_suggestions_of_which_none_was_taken_are_counted():
    wrong = sight(taken=0, text="0")
    said = said_of(backtest([tally(str(number), keys=60, sights=(wrong,)) for number in range(20)]))
    assert "made 20 suggestions in sums, of which none was taken" in said


def test_an_arm_without_an_assistant_is_no_result():
    assert "without an assistant only (1 hunk)" in said_of(backtest([tally(arm="none", sights=())]))


def test_a_difference_that_holds_zero_is_told_from_no_chance():
    said = beside(difference(Estimate(0.004, -0.01, 0.02)))
    assert said == (
        "With model, snippets and copies instead of base model: +0.4 points (-1.0 to +2.0) of "
        f"keystrokes saved, {CHANCE}."
    )


def test_a_difference_that_is_sure_is_said_without_doubt():
    assert CHANCE not in beside(difference(Estimate(0.03, 0.01, 0.05)))
    assert CHANCE not in beside(difference(Estimate(-0.03, -0.05, -0.01)))


def test_the_gain_in_kept_characters_is_said():
    said = beside(difference(Estimate(0.03, 0.01, 0.05), Estimate(0.112, 0.02, 0.2)))
    assert said.endswith("of keystrokes saved; +11.2 % (+2.0 to +20.0) kept characters.")


def test_it_is_said_that_only_what_came_after_a_night_counts():
    later = msgspec.structs.replace(difference(Estimate(0.03, 0.01, 0.05)), after_a_night=True)
    assert beside(later).startswith(
        "After the first night, with model, snippets and copies instead"
    )


def said_of(typed: Backtest) -> str:
    return headline(typed, figures(typed))


def difference(saved: Estimate, kept_gain: Estimate = NOTHING) -> Difference:
    return Difference(
        arm="understudy",
        beside="base",
        after_a_night=False,
        saved=saved,
        share=Estimate(),
        acceptance=Estimate(),
        kept_gain=kept_gain,
    )
