"""The figures of each arm on some hunks."""

from collections.abc import Sequence

import msgspec
import numpy as np

from understudy_protocol.events import READ_MS
from understudy_trainer.backtest.estimate import Drawn, Estimate, Ratio, drawn, estimate
from understudy_trainer.backtest.tally import HunkTally, Sight

Rows = dict[str, list[HunkTally]]
"""Arm → its tallies, of the same hunks in the same order for every arm."""


class SightFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of suggestions that were shown in some hunks with one arm."""

    hunks: int
    shown: int
    read: int
    """Those that stood for `READ_MS` or were taken: the simulated developer takes what is right
    sooner."""
    taken: int
    """Of all shown, at least in part."""
    accepted: int
    """Characters."""
    acceptance: Estimate
    """Share of the read ones that were taken."""
    taken_of_shown: Estimate


class ArmFigures(SightFigures, frozen=True, forbid_unknown_fields=True, kw_only=True):
    characters: int
    keys: int
    calls: int
    prompt_tokens: int
    output_tokens: int
    seconds: float
    """It took the developer, simulated."""
    saved: Estimate
    """Share of the keys it takes alone that were not pressed."""
    share: Estimate
    """Of the characters, those that were accepted."""
    kept: Estimate
    """Share of the accepted characters that were still there at the commit."""
    kept_share: Estimate
    """Kept characters per opportunity: each character that was written is one, with any arm."""
    calls_per_1000_keys: Estimate
    prompt_tokens_per_1000_characters: Estimate
    output_tokens_per_1000_characters: Estimate
    first_text_ms_p50: float | None
    """None where nothing was shown. Without an interval: it depends on the machine above all."""
    first_text_ms_p95: float | None


def arm_figures(rows: Rows) -> dict[str, ArmFigures]:
    found = drawn_of_arms(rows)
    return {arm: _arm_figures(tallies, found[arm]) for arm, tallies in rows.items()}


def drawn_of_arms(rows: Rows) -> dict[str, dict[str, Drawn]]:
    """Arm → name of the figure → what it is in each draw."""
    counts = {
        arm: [
            (
                *_counts(tally.sights),
                *(tally.characters, tally.kept, tally.keys, tally.keys_alone),
                *(tally.calls, tally.prompt_tokens, tally.output_tokens),
            )
            for tally in tallies
        ]
        for arm, tallies in rows.items()
    }
    return drawn(counts, _RATIOS, columns=_COLUMNS)


def kind_figures(rows: Rows) -> dict[str, dict[str, SightFigures]]:
    """Of each kind, from the hunks in which any arm suggested something at such a place."""
    tallies = [tally for each in rows.values() for tally in each]
    hunks_of: dict[str, set[str]] = {}
    for tally in tallies:
        for sight in tally.sights:
            hunks_of.setdefault(sight.kind, set()).add(tally.hunk)
    found: dict[str, dict[str, SightFigures]] = {}
    for kind, hunks in sorted(hunks_of.items()):
        sights = {
            arm: [
                [sight for sight in tally.sights if sight.kind == kind]
                for tally in each
                if tally.hunk in hunks
            ]
            for arm, each in rows.items()
        }
        counts = {arm: [_counts(each) for each in of_arm] for arm, of_arm in sights.items()}
        ratios = drawn(counts, _SIGHT_RATIOS, columns=_SIGHTS)
        found[kind] = {
            arm: _sight_figures(
                [sight for each in of_arm for sight in each], ratios[arm], hunks=len(hunks)
            )
            for arm, of_arm in sights.items()
        }
    return found


_SIGHTS = ("shown", "read", "taken", "accepted")
_COLUMNS = (
    *_SIGHTS,
    *("characters", "kept", "keys", "keys_alone", "calls", "prompt_tokens", "output_tokens"),
)
_SIGHT_RATIOS = {
    "acceptance": Ratio("taken", "read"),
    "taken_of_shown": Ratio("taken", "shown"),
}
_RATIOS = {
    **_SIGHT_RATIOS,
    "saved": Ratio("keys", "keys_alone", scale=-1, offset=1),
    "share": Ratio("accepted", "characters"),
    "kept": Ratio("kept", "accepted"),
    "kept_share": Ratio("kept", "characters"),
    "calls_per_1000_keys": Ratio("calls", "keys", scale=1000),
    "prompt_tokens_per_1000_characters": Ratio("prompt_tokens", "characters", scale=1000),
    "output_tokens_per_1000_characters": Ratio("output_tokens", "characters", scale=1000),
}


def _counts(sights: Sequence[Sight]) -> tuple[int, ...]:
    return (
        len(sights),
        sum(sight.dwell_ms >= READ_MS or sight.taken > 0 for sight in sights),
        sum(sight.taken > 0 for sight in sights),
        sum(sight.taken for sight in sights),
    )


def _sight_figures(sights: Sequence[Sight], each: dict[str, Drawn], *, hunks: int) -> SightFigures:
    shown, read, taken, accepted = _counts(sights)
    return SightFigures(
        hunks=hunks,
        shown=shown,
        read=read,
        taken=taken,
        accepted=accepted,
        acceptance=estimate(each["acceptance"]),
        taken_of_shown=estimate(each["taken_of_shown"]),
    )


def _arm_figures(tallies: Sequence[HunkTally], each: dict[str, Drawn]) -> ArmFigures:
    sights = [sight for tally in tallies for sight in tally.sights]
    waits = [ms for tally in tallies for ms in tally.first_text_ms]
    p50, p95 = (float(np.percentile(waits, q)) if waits else None for q in (50, 95))
    return ArmFigures(
        **msgspec.structs.asdict(_sight_figures(sights, each, hunks=len(tallies))),
        characters=sum(tally.characters for tally in tallies),
        keys=sum(tally.keys for tally in tallies),
        calls=sum(tally.calls for tally in tallies),
        prompt_tokens=sum(tally.prompt_tokens for tally in tallies),
        output_tokens=sum(tally.output_tokens for tally in tallies),
        seconds=sum(tally.seconds for tally in tallies),
        saved=estimate(each["saved"]),
        share=estimate(each["share"]),
        kept=estimate(each["kept"]),
        kept_share=estimate(each["kept_share"]),
        calls_per_1000_keys=estimate(each["calls_per_1000_keys"]),
        prompt_tokens_per_1000_characters=estimate(each["prompt_tokens_per_1000_characters"]),
        output_tokens_per_1000_characters=estimate(each["output_tokens_per_1000_characters"]),
        first_text_ms_p50=p50,
        first_text_ms_p95=p95,
    )
