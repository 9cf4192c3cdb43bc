"""Worker processes: started when there is work, ended when there is none."""

import subprocess
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

import msgspec

from understudy_lsp.index.jobs import Answer, Failed, Job

PROCESSES = 2
"""More would leave nothing to whoever types on a small machine."""

AHEAD = 16
"""Jobs handed out before the first of them is taken back: enough that no worker waits."""

MAX_SECONDS = 60.0
"""For one job. The largest segment takes two or three on a busy machine; a grammar that loops takes
for ever."""


JobT = TypeVar("JobT", bound=Job)


class Workers:
    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._threads = ThreadPoolExecutor(PROCESSES)
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._decoder = msgspec.json.Decoder[Answer](Answer)

    def answers(self, jobs: Iterable[JobT]) -> Iterator[tuple[JobT, Answer]]:
        """The answer to each of `jobs`, in their order."""
        waiting: deque[tuple[JobT, Future[Answer]]] = deque()
        for job in jobs:
            waiting.append((job, self._threads.submit(self._answer, job)))
            if len(waiting) >= AHEAD:
                done, answer = waiting.popleft()
                yield done, answer.result()
        for done, answer in waiting:
            yield done, answer.result()

    def end(self) -> None:
        """Give the memory back. The next job starts new ones."""
        while not self._idle.empty():
            _end(self._idle.get())

    def _answer(self, job: Job) -> Answer:
        try:
            worker = self._idle.get_nowait()
        except Empty:
            worker = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert worker.stdin is not None
        assert worker.stdout is not None
        late = threading.Timer(MAX_SECONDS, worker.kill)
        late.daemon = True
        late.start()
        try:
            worker.stdin.write(msgspec.json.encode(job) + b"\n")
            worker.stdin.flush()
            answer = self._decoder.decode(worker.stdout.readline())
        except (OSError, msgspec.DecodeError):
            _end(worker)
            return Failed(died=True)
        finally:
            late.cancel()
        self._idle.put(worker)
        return answer


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    worker.wait()
