"""What a night learns from a repository: all units in their shares, without duplicates."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec.structs import replace

from understudy_trainer.curriculum.dedupe import Seen
from understudy_trainer.curriculum.design import design
from understudy_trainer.curriculum.evolution import evolution
from understudy_trainer.curriculum.example import Example, Unit
from understudy_trainer.curriculum.gather import Gathered
from understudy_trainer.curriculum.implementation import implementation

MOST = 8_000
"""Examples, as many as SWE-Spot makes of a repository."""

SHARES: Mapping[Unit, float] = {
    "design": 0.06,
    "implementation": 0.64,
    "evolution": 0.3,
    "runtime": 0.1,
}
"""What is not given, such as `runtime`, leaves its share to the others. `experience` has none: all
of it is taken."""

UNITS: Mapping[Unit, Callable[..., Iterator[Example]]] = {
    "design": design,
    "implementation": implementation,
    "evolution": evolution,
}


def curriculum(
    gathered: Gathered,
    *,
    seed: int,
    shares: Mapping[Unit, float] = SHARES,
    most: int = MOST,
    experience: Sequence[Example] = (),
    runtime: Sequence[Example] = (),
) -> list[Example]:
    """At most `most` examples, and what comes of `experience` besides. A unit that has less than
    its share leaves the rest to larger ones. In random order, so that any beginning is a fair
    mixture."""
    seen = Seen()
    lived = (replace(each, commit=each.commit or gathered.commit) for each in experience)
    chosen = list(seen.new(lived))

    def ran(_: Gathered, *, seed: int) -> Iterator[Example]:
        yield from runtime

    units = {**UNITS, "runtime": ran} if runtime else UNITS
    shares = {unit: share for unit, share in shares.items() if unit in units}
    room, left = most, sum(shares.values())
    # The smaller units choose first, and the largest takes what they leave.
    for unit, share in sorted(shares.items(), key=lambda each: (each[1], each[0])):
        if share <= 0:
            continue
        quota = round(room * share / left)
        taken = list(islice(seen.new(units[unit](gathered, seed=seed)), quota))
        chosen += taken
        room, left = room - len(taken), left - share
    random.Random(f"{seed} order").shuffle(chosen)
    return chosen
