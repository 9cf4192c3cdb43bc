"""What people do with suggestions, drawn by lot; and how well that was told."""

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from e2e.vscode.fake_language_server import SENTENCE
from e2e.vscode.workbench import EDITOR, Workbench

ACTS = (
    *("tab", "tab", "escape", "diverge", "through", "word", "line", "cursor", "none", "fast"),
    *("blur", "backspace"),
)

Step = tuple[object, ...]


class Score(msgspec.Struct, frozen=True):
    shown: int
    """Suggestions that a person saw, by VS Code's own word."""
    precision: float
    """Share of those told as shown that were."""
    recall: float
    """Share of those shown that were told."""
    accepted: tuple[int, int]
    """Told as accepted, and accepted."""
    parts: tuple[int, int]
    """Told as taken in part up to the very character, and taken in part."""
    wrong_parts: int
    lateness_ms: tuple[float, float]
    """Median and 95th percentile: from drawn to told."""


async def play_episodes(bench: Workbench, count: int, seed: int) -> None:
    lots = random.Random(seed)
    for number in range(count):
        await bench.play(*_episode(lots, number))


def _episode(lots: random.Random, number: int) -> list[Step]:
    delay = lots.randint(15, 140)
    steps: list[Step] = [
        ("insert", f"def f{number}(a, b):"),
        ("press", "Enter"),
        *_empty_line(),
        ("type", "    return"[: lots.randint(5, 10)], delay),
        ("wait", lots.randint(0, 350)),
        *_act(lots, lots.choice(ACTS)),
        ("wait", 500),
        ("press", "Escape"),
        ("press", "Escape"),
        ("press", "Control+End"),
        *_empty_line(),
        ("press", "Control+Home"),
        ("wait", 30),
        ("press", "Control+End"),
        ("press", "Enter"),
        *_empty_line(),
        ("wait", 60),
    ]
    return steps


def _act(lots: random.Random, act: str) -> list[Step]:
    match act:
        case "tab":
            return [("press", "Tab")]
        case "escape":
            return [("press", "Escape")]
        case "diverge":
            return [("type", "zq", lots.randint(20, 200))]
        case "through":
            more = SENTENCE[6:][: lots.randint(2, 8)]
            pause = lots.randint(0, 300)
            return [("type", more, lots.randint(30, 200)), ("wait", pause), ("press", "Tab")]
        case "word":
            word = ("press", "Control+ArrowRight")
            return [
                step
                for _ in range(lots.randint(1, 3))
                for step in (word, ("wait", lots.randint(60, 300)))
            ]
        case "line":
            return [("press", "Alt+End")]
        case "cursor":
            return [("press", "ArrowUp")]
        case "fast":
            return [("type", " xyz", 15)]
        case "blur":
            return [("press", "Control+Shift+e"), ("wait", 150), ("click", EDITOR)]
        case "backspace":
            return [("press", "Backspace"), ("wait", lots.randint(0, 200))]
        case _:
            return []


def _empty_line() -> list[Step]:
    return [("press", "Home"), ("press", "Shift+End"), ("press", "Delete")]


def score(told: Path, truth: Path) -> Score:
    """`told` is the log of the fake language server, `truth` that of the witness."""
    said: dict[str, list[tuple[float, Any]]] = {"shown": [], "parts": [], "accepted": []}
    for entry in _lines(told):
        what, params, at = entry["what"], entry["params"], entry["at"]
        if what == "textDocument/didShowCompletion":
            said["shown"].append((at, _completion(params)))
        elif what == "textDocument/didPartiallyAcceptCompletion":
            start = params["item"]["range"]["start"]
            said["parts"].append((at, _end(_completion(params), start, params["acceptedLength"])))
        elif what == "workspace/executeCommand" and params["command"] == "understudy.accepted":
            said["accepted"].append((at, params["arguments"][0]))
    was: dict[str, list[tuple[float, Any]]] = {"shown": [], "partial": [], "accepted": []}
    for entry in _lines(truth):
        what, completion = entry["what"], entry["completion"]
        if what == "partial":
            taken = _end(completion, entry["start"], entry["more"]["acceptedLength"])
            was[what].append((entry["at"], taken))
        elif what in was:
            was[what].append((entry["at"], completion))
    told_at, drawn_at = _first(said["shown"]), _first(was["shown"])
    both = told_at.keys() & drawn_at.keys()
    late = sorted(1000 * (told_at[each] - drawn_at[each]) for each in both)
    parts, true_parts = [each for _, each in said["parts"]], [each for _, each in was["partial"]]
    exact = sum(min(parts.count(each), true_parts.count(each)) for each in set(parts))
    taken = {each for _, each in said["accepted"]} & {each for _, each in was["accepted"]}
    return Score(
        shown=len(drawn_at),
        precision=len(both) / len(told_at),
        recall=len(both) / len(drawn_at),
        accepted=(len(taken), len({each for _, each in was["accepted"]})),
        parts=(exact, len(true_parts)),
        wrong_parts=len(parts) - exact,
        lateness_ms=(late[len(late) // 2], late[int(len(late) * 0.95)]),
    )


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    return map(json.loads, path.read_text().splitlines())


def _end(completion: str, start: dict[str, int], length: int) -> tuple[str, int, int]:
    """Up to where it was taken: the item that the length counts from may be the one before."""
    return completion, start["line"], start["character"] + length


def _completion(params: dict[str, Any]) -> str:
    return params["item"]["command"]["arguments"][0]


def _first(moments: list[tuple[float, Any]]) -> dict[Any, float]:
    return {what: at for at, what in reversed(moments)}
