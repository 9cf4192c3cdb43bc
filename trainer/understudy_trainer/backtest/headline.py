"""What a backtest says in one sentence, and no more than it can say."""

from understudy_trainer.backtest.estimate import Estimate
from understudy_trainer.backtest.figures import Difference, Figures
from understudy_trainer.backtest.tally import Backtest
from understudy_trainer.backtest.wording import (
    arm_name,
    counted,
    gained,
    percent,
    percent_span,
    points,
)

CHANCE = "no difference that can be told from chance"


def headline(backtest: Backtest, figures: Figures) -> str:
    walk, name = backtest.walk, backtest.walk.repository
    hunks = counted(figures.hunks, "hunk", "hunks")
    if figures.hunks == 0 and not backtest.complete:
        return (
            f"The backtest of {name} was ended before one of its hunks had been typed with every "
            "arm, so there is nothing to tell yet."
        )
    if figures.hunks == 0:
        return f"No hunk of {name} could be used, so there is nothing to tell."
    ended = "" if backtest.complete else f"Ended after {figures.hunks:,} of {walk.hunks:,} hunks: "
    if figures.main is None:
        return f"{ended}{name} was typed without an assistant only ({hunks})."
    shown = figures.arms[figures.main].shown
    if shown == 0:
        return f"{ended}Understudy suggested nothing in {hunks} of {name}, so it saved nothing."
    if figures.arms[figures.main].accepted == 0:
        suggestions = counted(shown, "suggestion", "suggestions")
        return (
            f"{ended}Understudy made {suggestions} in {name}, of which none was taken, so it saved "
            "nothing."
        )
    return ended + _saved(figures.arms[figures.main].saved, name=name, hunks=hunks)


def beside(difference: Difference) -> str:
    """What an arm is worth beside another, in a sentence."""
    saved = difference.saved
    chance = ""
    if saved.low is not None and saved.high is not None and saved.low <= 0 <= saved.high:
        chance = f", {CHANCE}"
    when = "After the first night, with" if difference.after_a_night else "With"
    arms = f"{when} {arm_name(difference.arm)} instead of {arm_name(difference.beside)}"
    kept = ""
    if difference.kept_gain.value is not None:
        kept = f"; {gained(difference.kept_gain)} kept characters"
    return f"{arms}: {points(saved)} of keystrokes saved{chance}{kept}."


def _saved(saved: Estimate, *, name: str, hunks: str) -> str:
    if saved.value is None or saved.low is None or saved.high is None:
        return (
            f"In {hunks} of {name} Understudy would have saved {percent(saved.value)} of the "
            "keystrokes, which is too little to tell it from chance."
        )
    interval = f"(95 % interval {percent_span(saved)})"
    if saved.low <= 0 <= saved.high:
        return (
            f"In {name} Understudy made {CHANCE}: {percent(saved.value)} of the keystrokes saved "
            f"{interval}."
        )
    if saved.high < 0:
        lost = Estimate(-saved.value, -saved.high, -saved.low)
        return (
            f"Understudy would have cost {percent(lost.value)} more keystrokes in {name} "
            f"(95 % interval {percent_span(lost)})."
        )
    value = percent(saved.value)
    return f"Understudy would have saved {value} of the keystrokes in {name} {interval}."
