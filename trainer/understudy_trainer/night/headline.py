"""What is said of a night in sentences: on its page, in the list of nights and in the terminal."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple

from understudy_protocol.night import Outcome
from understudy_trainer.backtest.wording import counted
from understudy_trainer.night.record import Comparison, NightRecord, SetName

NEW: tuple[SetName, ...] = ("new code", "new code, with snippets")

NONE = "–"

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    "promoted": ("✓", "good"),
    "not promoted": ("✗", "muted"),
    "nothing new": ("–", "muted"),
    "failed": ("!", "bad"),
}
"""A sign for each, and its class on a page."""


class Change(NamedTuple):
    """Of a loss; shares of what it was, negative where it fell."""

    value: float
    low: float
    high: float


def headline(record: NightRecord) -> str:
    summary = record.summary
    new = on_new_code(record)
    if summary.outcome == "promoted" and new is not None and new.parent:
        holes = counted(summary.holes, "hole", "holes")
        moved = change(new)
        verb = "fell" if moved.value <= 0 else "rose"
        return (
            f"Promoted: loss on {holes} of code it had not seen {verb} from {new.parent:.2f} to"
            f" {new.candidate:.2f} nats a token ({_short(moved)}); {forgot(record)}."
        )
    return f"{summary.outcome.capitalize()}: {_in_sentence(summary.reason)}"


def on_new_code(record: NightRecord) -> Comparison | None:
    """Holes of new code asked without snippets and with them, together; the interval is that of
    the summary, where both answers of a hole were drawn together. None without a proof."""
    both = [each for each in record.comparisons if each.name in NEW and each.tokens]
    summary = record.summary
    if not both or summary.gain is None or summary.gain_low is None or summary.gain_high is None:
        return None
    tokens = sum(each.tokens for each in both)

    def mean(values: list[float]) -> float:
        return sum(v * each.tokens for v, each in zip(values, both, strict=True)) / tokens

    return Comparison(
        name="new code",
        holes=summary.holes,
        tokens=tokens,
        base=mean([each.base for each in both]),
        parent=mean([each.parent for each in both]),
        candidate=mean([each.candidate for each in both]),
        gain=summary.gain,
        low=summary.gain_low,
        high=summary.gain_high,
    )


def change(each: Comparison) -> Change:
    """A gain as the share by which the loss changed."""
    if not each.parent:
        return Change(0.0, 0.0, 0.0)
    return Change(-each.gain / each.parent, -each.high / each.parent, -each.low / each.parent)


def forgetting_of_earlier(record: NightRecord) -> float | None:
    """Share by which the loss on holes of earlier nights is above the parent's."""
    found = comparison(record, "earlier holes")
    return found.candidate / found.parent - 1 if found and found.parent else None


def forgetting_of_other(record: NightRecord) -> float | None:
    """The same for other code, against the base model."""
    found = comparison(record, "other code")
    return found.candidate / found.base - 1 if found and found.base else None


def comparison(record: NightRecord, name: SetName) -> Comparison | None:
    return next((each for each in record.comparisons if each.name == name and each.tokens), None)


def forgot(record: NightRecord) -> str:
    told = [
        (share, name)
        for share, name in (
            (forgetting_of_earlier(record), "earlier holes"),
            (forgetting_of_other(record), "other code"),
        )
        if share is not None
    ]
    if not told:
        return "what it forgot was not measured"
    # What rounds to nothing is nothing.
    risen = [f"on {name} by {100 * share:.1f} %" for share, name in told if share >= 0.0005]
    return f"the loss rose {' and '.join(risen)}" if risen else "it forgot nothing"


def before(record: NightRecord) -> str:
    """Whom the candidate is compared with."""
    names = {"parent": "the parent", "served": "the served release", "": "the base model"}
    return names[beside(record)]


def beside(record: NightRecord) -> Literal["parent", "served", ""]:
    """What was asked besides base model and candidate: the parent, or where the night began anew
    the release that is served."""
    if record.summary.parent is not None:
        return "parent"
    return "served" if any(each.parent != each.base for each in record.comparisons) else ""


def moment(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def seconds(value: float) -> str:
    if value < 9.95:
        return f"{value:.1f} s"
    if value < 99.5:
        return f"{value:.0f} s"
    minutes = round(value / 60)
    return f"{minutes} min" if minutes < 100 else f"{value / 3600:.1f} h"


def energy(joules: float | None) -> str:
    if joules is None:
        return "not measured"
    return f"{joules:.0f} J" if joules < 999.5 else f"{joules / 1000:.1f} kJ"


def unbroken(text: str) -> str:
    """So that no number ends a line of a page whose unit begins the next."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def percent_signed(share: float) -> str:
    return f"{_points(share)} %"


def span(moved: Change) -> str:
    return f"{_points(moved.low)} to {_points(moved.high)}"


def signed(value: float) -> str:
    """A difference of losses, in nats a token."""
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def _short(moved: Change) -> str:
    if abs(moved.value) < 0.1:
        return f"{percent_signed(moved.value)}, 95 % {span(moved)}"
    value, low, high = (f"{100 * share:+.0f}".replace("-", "\N{MINUS SIGN}") for share in moved)
    return f"{value} %, 95 % {low} to {high}"


def _points(share: float) -> str:
    text = f"{100 * share:+.1f}"
    text = "0.0" if text in ("-0.0", "+0.0") else text
    return text.replace("-", "\N{MINUS SIGN}")


def _in_sentence(reason: str) -> str:
    """A name keeps its capitals."""
    first = reason.partition(" ")[0]
    return reason if first[1:] != first[1:].lower() else reason[:1].lower() + reason[1:]
