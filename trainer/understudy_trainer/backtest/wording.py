"""How figures are written, on the page, in the terminal and in the picture."""

from datetime import UTC, datetime

from understudy_trainer.backtest.estimate import Estimate
from understudy_trainer.backtest.figures import NO_ASSISTANT
from understudy_trainer.backtest.folders import TOP

UNKNOWN = "–"


def percent(value: float | None) -> str:
    return UNKNOWN if value is None else f"{_plain(100 * value)} %"


def percent_span(estimate: Estimate) -> str:
    """The interval; empty if there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{_plain(100 * estimate.low)} to {_plain(100 * estimate.high)} %"


def points(estimate: Estimate) -> str:
    """Of a difference between percentages, with its interval."""
    return _signed(estimate, "points")


def gained(estimate: Estimate) -> str:
    """Of a gain as a share, with its interval."""
    return _signed(estimate, "%")


def _signed(estimate: Estimate, unit: str) -> str:
    if estimate.value is None:
        return UNKNOWN
    value = f"{100 * estimate.value:+.1f} {unit}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({100 * estimate.low:+.1f} to {100 * estimate.high:+.1f})"


def rounded(value: float | None) -> str:
    """A number, to the digits that a reader wants of it."""
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}"


def span(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{rounded(estimate.low)} to {rounded(estimate.high)}"


def milliseconds(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f} ms"


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def arm_name(arm: str) -> str:
    return _ARMS.get(arm, arm)


def kind_name(kind: str) -> str:
    return kind.replace("_", " ") or "elsewhere"


def folder_name(folder: str) -> str:
    return "the top folder" if folder == TOP else folder


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


_ARMS = {
    NO_ASSISTANT: "no assistant",
    "copy": "copies only",
    "base": "base model",
    "base+snippets": "base model with snippets",
    "understudy": "model, snippets and copies",
}


def _plain(value: float) -> str:
    text = f"{value:.1f}"
    return "0.0" if text == "-0.0" else text
