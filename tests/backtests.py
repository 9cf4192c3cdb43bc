"""Backtests that nobody has run: tallies as a simulated developer could have left them."""

import random
from collections.abc import Sequence
from typing import Any

from understudy_trainer.backtest.tally import Backtest, HunkTally, Sight, Walk

ARMS = ("none", "base", "understudy")
BEGAN = 1_700_000_000
DAY = 86_400

_LINES = (
    ("return_value", "    return ", "self._index.get(path, default)"),
    ("call_arguments", "    found = search(", "snapshot.text, limit=LIMIT)"),
    ("condition", "    if ", "not candidates or len(candidates) > LIMIT:"),
    ("import_line", "from understudy_protocol.", "errors import ConfigError"),
    ("raise", "        raise ", 'ConfigError("There is no such file.", "Give another path.")'),
    ("assertion", "    assert ", 'answer.text == "<b>bold</b> & more"'),
    ("", "    ", "for line in text.splitlines():"),
)
_PATHS = (
    "server/gateway/app.py",
    "server/gateway/store.py",
    "server/cli.py",
    "lsp/session.py",
    "lsp/copying/copies.py",
    "tests/test_app.py",
    "tests/test_session.py",
    "setup.py",
)


def sight(**changes: Any) -> Sight:
    """One that was right, and taken whole; `changes` are its other fields."""
    fields: dict[str, Any] = {
        "kind": "return_value",
        "before": "def total(numbers):\n    return ",
        "text": "sum(numbers)",
        "truth": "sum(numbers)",
        "source": "engine",
        "dwell_ms": 800,
        "taken": 12,
    }
    return Sight(**(fields | changes))


def tally(hunk: str = "1", **changes: Any) -> HunkTally:
    """A hunk with one suggestion that was taken; `changes` are its other fields."""
    fields: dict[str, Any] = {
        "arm": "understudy",
        "night": 0,
        "hunk": hunk,
        "commit": "c" * 40,
        "at": BEGAN,
        "path": "src/sums.py",
        "language": "python",
        "characters": 60,
        "keys": 50,
        "keys_alone": 60,
        "kept": 12,
        "sights": (sight(),),
        "calls": 5,
        "first_text_ms": (80.0,),
        "prompt_tokens": 900,
        "output_tokens": 30,
        "seconds": 20.0,
    }
    return HunkTally(**(fields | changes))


def backtest(
    tallies: Sequence[HunkTally], *, arms: Sequence[str] = ARMS, **changes: Any
) -> Backtest:
    """Of these tallies; `changes` are its other fields, and `walk` those of the walk."""
    hunks = {each.hunk for each in tallies}
    ats = [each.at for each in tallies] or [BEGAN]
    walk: dict[str, Any] = {
        "repository": "sums",
        "first": "a" * 40,
        "first_at": min(ats),
        "last": "b" * 40,
        "last_at": max(ats),
        "commits": len({each.commit for each in tallies}),
        "hunks": len(hunks),
        "left_out": {"merge": 3, "generated": 5, "formatting": 2, "not chosen": 800},
        "nights": (),
    }
    fields: dict[str, Any] = {
        "walk": Walk(**(walk | changes.pop("walk", {}))),
        "arms": tuple(arms),
        "tallies": tuple(tallies),
        "model": "prompter-105m",
        "machine": {"cpu": "a processor", "cores": 2, "memory_gib": 8.0},
        "settings": {"seed": 1, "in_word_s": 0.16, "notice_s": 0.3},
        "seconds": 300.0,
        "complete": True,
    }
    return Backtest(**(fields | changes))


def plausible(
    hunks: int = 60,
    *,
    nights: int = 3,
    seed: int = 1,
    right: Sequence[float] = (0.0, 0.1, 0.3),
    **changes: Any,
) -> Backtest:
    """Typed with `ARMS`; `right` is how often a suggestion of each is what is written, and grows
    with the nights for the last one."""
    chance = random.Random(seed)
    tallies: list[HunkTally] = []
    begins = tuple(BEGAN + DAY * (hunks * night // (nights + 1)) for night in range(1, nights + 1))
    for number in range(hunks):
        at = BEGAN + DAY * number
        night = sum(at >= begin for begin in begins)
        path, places = chance.choice(_PATHS), chance.sample(_LINES, chance.randint(2, 5))
        characters = sum(len(text) for _, _, text in places) + 40
        for arm, likely in zip(ARMS, right, strict=True):
            grown = likely * (1 + 0.25 * night) if arm == ARMS[-1] else likely
            sights = [_sight(place, chance, grown) for place in places] if likely else []
            tallies.append(
                _typed(
                    f"{number:016x}",
                    arm,
                    sights,
                    chance,
                    at=at,
                    night=night,
                    path=path,
                    characters=characters,
                )
            )
    walk = {"nights": begins} | changes.pop("walk", {})
    return backtest(tallies, walk=walk, **changes)


def _sight(place: tuple[str, str, str], chance: random.Random, right: float) -> Sight:
    kind, start, truth = place
    before = f"class Index:\n    def search(self, path):\n        text = read(path)\n\n{start}"
    if chance.random() < right:
        whole = chance.random() < 0.7
        taken = len(truth) if whole else truth.index(" ") if " " in truth else len(truth)
        text = truth if whole else truth[:taken] + " is None and self.ready"
        return sight(
            kind=kind,
            before=before,
            text=text,
            truth=truth,
            dwell_ms=300,
            taken=taken,
            source=chance.choice(("engine", "copy")),
        )
    dwell = round(chance.lognormvariate(6.2, 0.9))
    text = chance.choice(("None", "[]", truth[:4] + "_other(value)", "True\n    return text"))
    return sight(kind=kind, before=before, text=text, truth=truth, dwell_ms=dwell, taken=0)


def _typed(
    hunk: str,
    arm: str,
    sights: Sequence[Sight],
    chance: random.Random,
    *,
    characters: int,
    **fields: Any,
) -> HunkTally:
    taken = sum(each.taken for each in sights)
    calls = len(sights) + (chance.randint(0, 6) if sights else 0)
    return tally(
        hunk,
        arm=arm,
        commit=f"{fields['at']:040x}",
        characters=characters,
        keys=characters - taken + sum(each.taken > 0 for each in sights),
        keys_alone=characters,
        kept=round(0.95 * taken),
        sights=tuple(sights),
        calls=calls,
        first_text_ms=tuple(chance.lognormvariate(4.6, 0.5) for _ in sights),
        prompt_tokens=700 * calls,
        output_tokens=11 * calls,
        seconds=0.35 * (characters - taken) + 0.8 * len(sights),
        **fields,
    )
