"""What it takes to find out what usually follows, in a large workspace and a large document."""

import random
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from understudy_lsp.copying.copies import Copies
from understudy_lsp.snapshot import Indent, Snapshot


class OnDisk:
    """The segments of an index."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)

    def segments(self) -> Sequence[Path]:
        return self._files

    def outdated(self, path: str) -> bool:
        return False

    def allowed(self, path: str) -> bool:
        return True


def measure(
    workspace: Path, segments: Sequence[Path], *, document: str, samples: int
) -> dict[str, float]:
    """`copy_p50_ms` and `copy_p99_ms`: behind a random part of a random line of the workspace,
    typed at the end of the document."""
    copies, chance, took = Copies(OnDisk(segments)), random.Random(0), list[float]()
    files = sorted(workspace.rglob("*.py"))
    for number in range(samples):
        line = chance.choice(chance.choice(files).read_text("utf-8").splitlines())
        typed = f"{document}\n{line[: chance.randint(0, len(line))]}"
        snapshot = Snapshot(
            uri="file:///large.py",
            path="large.py",
            language="python",
            version=number,
            text=typed,
            offset=len(typed),
            indent=Indent(4, spaces=True),
        )
        began = time.perf_counter()
        copies.find(snapshot, open_texts={})
        took.append((time.perf_counter() - began) * 1000)
    return {
        "copy_p50_ms": median(took),
        "copy_p99_ms": quantiles(took, n=100, method="inclusive")[98],
    }
