"""The section that says why a night's candidate was promoted or was not."""

from understudy_trainer.night.gate import (
    FEWEST_HOLES,
    MOST_FORGOTTEN,
    MOST_FORGOTTEN_OF_OTHER,
    MOST_FORGOTTEN_SINCE,
)
from understudy_trainer.night.headline import (
    forgetting_of_earlier,
    forgetting_of_other,
    on_new_code,
    percent_signed,
    signed,
    unbroken,
)
from understudy_trainer.night.record import NightRecord
from understudy_trainer.repoworld.markup import Markup, element


def why(record: NightRecord) -> list[Markup]:
    outcome = record.summary.outcome
    title = {
        "promoted": "Why it was promoted",
        "not promoted": "Why it was not promoted",
        "nothing new": "Why there was nothing to do",
        "failed": "Why it failed",
    }[outcome]
    checks = [
        element(
            "li",
            element("b", "✓", class_="good") if met else element("b", "✗", class_="bad"),
            f"{text} ({'met' if met else 'not met'})",
        )
        for met, text in _checks(record)
    ]
    return [
        element("h2", title),
        element("p", unbroken(record.summary.reason)),
        *((element("ul", *checks, class_="checks"),) if checks else ()),
    ]


def _checks(record: NightRecord) -> list[tuple[bool, str]]:
    """What the gate asks for, and what there was."""
    new = on_new_code(record)
    if new is None:
        return []
    found = [
        (
            new.holes >= FEWEST_HOLES,
            f"At least {FEWEST_HOLES} holes of new code: {new.holes:,}",
        ),
        (
            new.low > 0,
            "A gain on new code whose interval is above zero:"
            f" {signed(new.gain)} nats a token, {signed(new.low)} to {signed(new.high)}",
        ),
    ]
    for share, most, wanted in (
        (
            forgetting_of_earlier(record),
            MOST_FORGOTTEN,
            "A loss on earlier holes {} at most above the parent's",
        ),
        (
            forgetting_of_other(record),
            MOST_FORGOTTEN_OF_OTHER,
            "A loss on other code {} at most above the base model's",
        ),
    ):
        if share is not None:
            allowed = wanted.format(f"{100 * most:.0f} %")
            found.append((share <= most, f"{allowed}: {percent_signed(share)}"))
    if (since := record.forgotten_since) is not None:
        no_worse = (forgetting_of_earlier(record) or 0.0) <= 0
        found.append(
            (
                no_worse or since <= MOST_FORGOTTEN_SINCE,
                f"A loss on earlier holes {100 * MOST_FORGOTTEN_SINCE:.0f} % at most above what it"
                " was when they had just been learned, or none above the parent's:"
                f" {percent_signed(since)}",
            )
        )
    return found
