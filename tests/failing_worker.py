"""A worker of the index that does what no worker should.

On a file called `dies` it dies, on `dies_once` only if it has not done so in this folder before, on
`babbles` it answers nonsense, and it cannot write a segment while there is a file called `full`
beside the folder.
"""

import os
import sys
from pathlib import Path

import msgspec

from understudy_lsp.index import worker
from understudy_lsp.index.jobs import Failed, Job, Save


def main(folder: Path, segments: Path) -> None:
    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line, type=Job)
        answer = msgspec.json.encode(_answer(folder, segments, job))
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


def _answer(folder: Path, segments: Path, job: Job) -> object:
    if isinstance(job, Save):
        full = folder.with_name("full").exists()
        return Failed(died=False) if full else worker.save(folder, segments, job)
    died = folder.with_name("died")
    match Path(job.path).stem:
        case "dies":
            os._exit(1)
        case "dies_once" if not died.exists():
            died.touch()
            os._exit(1)
        case "babbles":
            return {"type": "nonsense"}
        case _:
            return worker.see(folder, job.path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
