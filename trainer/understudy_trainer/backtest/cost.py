"""What an arm would cost in a day: what was measured, turned to the time that people write code."""

import msgspec

from understudy_trainer.backtest.figures import Figures
from understudy_trainer.backtest.tally import Backtest

DAY_S = 52 * 60
"""In which a developer writes code, in a day: 52 minutes by the editors of 250,000 developers
(software.com/reports/code-time-report)."""


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Computed, from what the arm of the headline was measured to need."""

    arm: str
    calls: float
    """To the model, a day."""
    prompt_tokens: float
    output_tokens: float
    processor_seconds: float
    """At most: everything that ran is in it (the engine, the language server, the simulated
    developer, training), and every core is counted as busy."""


def cost(backtest: Backtest, figures: Figures) -> Cost | None:
    """None if nothing was measured that it could be computed from."""
    if figures.main is None or figures.main not in figures.arms:
        return None
    main = figures.arms[figures.main]
    if main.seconds <= 0:
        return None
    days = main.seconds / DAY_S
    # All arms shared the machine, so each of their calls bears its part.
    all_calls = sum(tally.calls for tally in backtest.tallies)
    a_call = backtest.seconds * cores(backtest) / all_calls if all_calls else 0.0
    return Cost(
        arm=figures.main,
        calls=main.calls / days,
        prompt_tokens=main.prompt_tokens / days,
        output_tokens=main.output_tokens / days,
        processor_seconds=a_call * main.calls / days,
    )


def cores(backtest: Backtest) -> int:
    """Of the machine; 1 if it isn't known."""
    found = backtest.machine.get("cores", 1)
    return found if isinstance(found, int) and found > 0 else 1
