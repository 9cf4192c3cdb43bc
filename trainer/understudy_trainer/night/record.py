"""All that is told about a night: its page is drawn from this, and `report.json` is this."""

from typing import Literal

import msgspec

from understudy_protocol.night import NightSummary

SetName = Literal["new code", "new code, with snippets", "earlier holes", "other code"]


class Spent(msgspec.Struct, frozen=True):
    """On one stage of the night."""

    stage: str
    """`gather`, `curriculum`, `proof of the base`, `learn`, `proof`, `answers`,
    `asked before`, `publish`, `asked after` (through the language server); `practice` after `learn`
    where there is one."""
    seconds: float
    cpu_s: float
    joules: float | None
    """What the processor's own meter counted; None where it cannot be read."""


class Comparison(msgspec.Struct, frozen=True):
    """One set of holes, all arms asked the same. Losses in nats a token."""

    name: SetName
    holes: int
    tokens: int
    base: float
    parent: float
    """The base's if there is no parent."""
    candidate: float
    gain: float
    """Parent less candidate: positive is better."""
    low: float
    """Lower end of the 95 % bootstrap interval of the gain."""
    high: float


class BeforeAfter(msgspec.Struct, frozen=True):
    """One held-out hole, answered greedily by the parent and by the candidate."""

    path: str
    kind: str
    prefix: str
    """Its last lines."""
    middle: str
    """What the person wrote."""
    before: str
    after: str
    through: Literal["language server", "model"]
    """Whom was asked."""


class InEditor(msgspec.Struct, frozen=True):
    """Held-out lines asked through the language server, before the promotion and after it."""

    asked: int
    exact_before: int
    exact_after: int


class PractisedRound(msgspec.Struct, frozen=True, array_like=True):
    """Of answers that were asked for, judged and learned from."""

    asked: int
    right: float
    """Share of them."""
    reward: float
    """The mean."""
    groups: int
    """Holes whose answers taught something."""
    served: int = 0
    """Suggestions that people were shown, among what taught something."""


class Practised(msgspec.Struct, frozen=True):
    """What practising on answers brought, and whether it was used."""

    holes: int
    """Held-out lines that were asked before and after it."""
    is_used: bool
    reason: str
    worth_before: float = 0.0
    """Mean of the greedy answers: 1 if it is right, 0 if it is none, -0.25 if it is wrong."""
    worth_after: float = 0.0
    low: float = 0.0
    """Lower end of the 95 % bootstrap interval of the gain."""
    high: float = 0.0
    right_before: float = 0.0
    """Share of the lines that were right."""
    right_after: float = 0.0
    rounds: tuple[PractisedRound, ...] = ()
    served: int = 0
    """Holes at which people had been shown something."""
    pairs: int = 0
    """Of what was preferred, and refused."""
    lessons_tried: int = 0
    lessons_kept: int = 0


class Point(msgspec.Struct, frozen=True, array_like=True):
    """Of the loss curve."""

    step: int
    new: float | None
    replayed: float | None


class NightRecord(msgspec.Struct, frozen=True):
    """What a night did; of one that ended before it did anything, the summary."""

    summary: NightSummary
    name: str
    """Of the repository, for people."""
    base_model: str = ""
    commit: str = ""
    """Newest that was learned from; the holes of the proof are newer."""
    proved_until: str = ""
    """Newest commit that holes were cut from."""
    since: str | None = None
    """Newest commit that the parent had learned from."""
    commits: int = 0
    """Learned from."""
    examples: dict[str, int] = {}
    """By unit."""
    left_out: dict[str, int] = {}
    """Reason → files, changes or events that were not learned from."""
    notes: tuple[str, ...] = ()
    """Sentences: what could not be done tonight, and why."""
    curve: tuple[Point, ...] = ()
    steps: int = 0
    tokens: int = 0
    """Learned from, each as often as it was read."""
    ended_by: str = ""
    """`passes` or `budget`."""
    budget_s: float = 0.0
    comparisons: tuple[Comparison, ...] = ()
    task_set: str = ""
    """Content hash of all holes of the proof."""
    exact_before: int = 0
    """Of `asked` held-out lines, how many the parent wrote exactly."""
    exact_after: int = 0
    asked: int = 0
    in_editor: InEditor | None = None
    """None if nothing was promoted, or no gateway ran."""
    samples: tuple[BeforeAfter, ...] = ()
    """Ten at most: first what became right, then what became wrong, then what changed."""
    spent: tuple[Spent, ...] = ()
    settings: dict[str, str | int | float | bool | None] = {}
    machine: dict[str, str | int | float] = {}
    practised: Practised | None = None
    """None unless it was asked for."""
    forgotten_since: float | None = None
    """Share by which the candidate's loss on earlier holes is above what it was when they had just
    been learned; None if there are too few."""
