"""What typing one hunk came to: what the developer saw and did, joined with what the gateway has on
record of it."""

from collections.abc import Iterable
from typing import TypeGuard

import msgspec

from understudy_protocol.completion import Completion
from understudy_protocol.events import Event, Horizon, Kept, Source
from understudy_trainer.backtest.arm import Arm
from understudy_trainer.backtest.tally import HunkTally, Sight
from understudy_trainer.backtest.walk import Edit, Step
from understudy_trainer.repoworld.kinds.holes import kind_at
from understudy_typist.typist import Seen, Tally

MOST_TEXT = 400
"""Characters of a suggestion and of what stands around it that the report keeps."""


class Typed(msgspec.Struct, frozen=True):
    """A hunk that was typed."""

    step: Step
    edit: Edit
    name: str
    start: int
    length: int
    keys_alone: int
    text: str
    """The document after it."""
    tally: Tally
    seconds: float
    """Simulated."""
    from_ms: int = 0
    until_ms: int = 0
    """By the machine's clock, in milliseconds since the epoch."""


def outcome(
    arm: Arm, typed: Typed, *, events: Iterable[Event] = (), completions: Iterable[Completion] = ()
) -> HunkTally:
    """`events` and `completions` may be of other hunks as well."""
    step, edit, tally = typed.step, typed.edit, typed.tally
    mine = shown_in(typed)
    calls = [
        each
        for each in completions
        if each.path == edit.path and typed.from_ms <= each.at <= typed.until_ms
    ]
    kept = sum(event.length for event in events if is_last_look(event) and event.completion in mine)
    sources: dict[str, Source] = {event.completion: event.source for event in events}
    return HunkTally(
        arm=arm.name,
        night=step.night,
        hunk=typed.name,
        commit=step.commit,
        at=step.at,
        path=edit.path,
        language=edit.language,
        characters=typed.length,
        keys=tally.keys,
        keys_alone=typed.keys_alone,
        # What was typed into it by hand is counted as kept, too.
        kept=min(kept, tally.characters),
        sights=tuple(_sight(typed, seen, sources) for seen in tally.seen),
        calls=len(calls),
        first_text_ms=tuple(1000 * seen.waited_s for seen in tally.seen),
        prompt_tokens=sum(each.prompt_tokens for each in calls),
        output_tokens=sum(len(each.token_logprobs) for each in calls),
        seconds=typed.seconds,
    )


def is_last_look(event: Event) -> TypeGuard[Kept]:
    """Whether it says how much of a suggestion was kept in the end."""
    return isinstance(event, Kept) and event.horizon is Horizon.TEN_MINUTES


def shown_in(typed: Typed) -> set[str]:
    """Ids of the completions that stood on the screen."""
    return {each for seen in typed.tally.seen for each in seen.completions}


def _sight(typed: Typed, seen: Seen, sources: dict[str, Source]) -> Sight:
    at = typed.start + seen.at
    left = typed.text[at : typed.start + typed.length]
    lines = seen.ghost.text.count("\n") + 1
    truth = "\n".join(left.split("\n")[:lines])[:MOST_TEXT]
    return Sight(
        kind=kind_at(typed.text, at, at + len(truth), typed.edit.language),
        before=typed.text[max(0, at - MOST_TEXT) : at],
        text=seen.ghost.text[:MOST_TEXT],
        truth=truth,
        source=next(
            (sources[each] for each in seen.completions if each in sources), Source.ENGINE
        ).value,
        dwell_ms=round(1000 * seen.dwell_s),
        taken=seen.taken,
    )
