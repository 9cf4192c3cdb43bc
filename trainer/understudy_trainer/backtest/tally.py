"""What is counted while a simulated developer types, one hunk with one arm at a time."""

import msgspec


class Sight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A suggestion that was shown, and what became of it."""

    kind: str
    """Of the place, as RepoWorld names them; empty where it has no name."""
    before: str
    """The end of the text before the cursor (at most 400 characters)."""
    text: str
    """What was suggested."""
    truth: str
    """What the developer wrote next (as many lines as were suggested, and at most 400
    characters)."""
    source: str
    """`engine` or `copy`."""
    dwell_ms: int
    """Simulated."""
    taken: int
    """Characters that were accepted: all, some (by line or by word), or none."""


class HunkTally(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    arm: str
    night: int
    """From 0."""
    hunk: str
    """16 hexadecimal digits, the same in each arm."""
    commit: str
    at: int
    """When it was committed: seconds since the epoch."""
    path: str
    language: str
    characters: int
    """To be written."""
    keys: int
    """That were pressed to write them, accepting included (one each)."""
    keys_alone: int
    """That it takes without an assistant."""
    kept: int
    """Accepted characters that were still there at the commit."""
    sights: tuple[Sight, ...]
    calls: int
    """Requests to the model."""
    first_text_ms: tuple[float, ...]
    """Of each suggestion, from the key to its first text; simulated, with the engine's own time."""
    prompt_tokens: int
    output_tokens: int
    seconds: float
    """It took the developer, simulated."""


class Walk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was typed, and what was left out of it."""

    repository: str
    """Its name."""
    first: str
    """Commits between which it was walked, and when they were made (seconds since the epoch)."""
    first_at: int
    last: str
    last_at: int
    commits: int
    hunks: int
    """Used."""
    left_out: dict[str, int]
    """Reason → how many: `merge`, `generated`, `formatting` … ."""
    nights: tuple[int, ...]
    """Seconds since the epoch at which each night begins that lies between hunks."""


class Backtest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a report is made from."""

    walk: Walk
    arms: tuple[str, ...]
    """`none`, `base`, `base+snippets`, … in the order of the report."""
    tallies: tuple[HunkTally, ...]
    model: str
    machine: dict[str, str | int | float | bool]
    settings: dict[str, str | int | float | bool]
    """Seed, the typist's pauses and where they come from, … ."""
    seconds: float
    """Of real time that it took."""
    complete: bool
    """False if it was ended before the last hunk."""
    notes: tuple[str, ...] = ()
    """Sentences that a reader must know: what releases may have seen, what nights have made."""
