"""A request that the engine is working on, as long as what is typed agrees with its text.

Typing need not restart the engine's work (Continue's generator reuse, Cody's recycling of requests
in flight): whoever asks next waits for this one and takes what is left.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from understudy_lsp.reuse.answer import Answer
from understudy_lsp.reuse.place import Left, behind, left_of, place_of, stands_at, typed_since
from understudy_lsp.snapshot import Snapshot
from understudy_protocol.completion import CompletionId, LogprobSummary, Mode

GRACE_S = 0.35
"""How long a request may run that nobody waits for. An editor that cancels on every key asks again
after its own pause: VS Code after 50 ms, Neovim after 200 ms; the rest is for a busy machine."""


class Running:
    """Whoever owns the stream calls `grew` and `end`; the others ask what is left for them."""

    def __init__(self, snapshot: Snapshot, *, completion: CompletionId, mode: Mode) -> None:
        self.place = place_of(snapshot)
        self.start = snapshot.offset
        self.completion = completion
        self.mode = mode
        self.text = ""
        self.ended = False
        self.complete = False
        self.likelihood: float | None = None
        self.logprobs: LogprobSummary | None = None
        self._waiting = 0
        self._changed = asyncio.Event()

    def grew(self, more: str) -> None:
        self.text += more
        self._wake()

    def end(
        self,
        *,
        complete: bool,
        likelihood: float | None = None,
        logprobs: LogprobSummary | None = None,
    ) -> None:
        """The stream is over; `complete` if the writer ended it and not an error or a limit."""
        self.ended, self.complete = True, complete
        self.likelihood, self.logprobs = likelihood, logprobs
        self._wake()

    def left(self, snapshot: Snapshot) -> Left | None:
        """What is left at the cursor; empty while that is still on its way.

        None if what was typed since disagrees, or the stream ended before it got there.
        """
        left = left_of(self.text, self.place, snapshot, start=self.start)
        if self.ended:
            return left if left and (left.text or self.complete) else None
        if left is not None:
            return left
        typed = typed_since(snapshot, self.start)
        if typed.startswith(self.text) and stands_at(self.place, snapshot, self.start):
            return Left("")
        # A bracket that the editor closed by itself is not in the text yet, but may still come.
        closed = self.text + behind(snapshot)[0]
        return Left("") if left_of(closed, self.place, snapshot, start=self.start) else None

    async def until_line(self, snapshot: Snapshot) -> Left | None:
        """What is left once it holds a whole line, or will hold no more; None: ask anew."""
        while True:
            left = self.left(snapshot)
            if left is None or self.ended or "\n" in left.text.lstrip("\n"):
                return left
            await self._changed.wait()

    async def until_longer(self, length: int) -> None:
        """Returns when the text has more than `length` characters, or has ended."""
        while len(self.text) <= length and not self.ended:
            await self._changed.wait()

    @contextmanager
    def wanted(self) -> Generator[None]:
        """Held by everybody who waits for it."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    @property
    def unwanted(self) -> bool:
        return not self._waiting

    def answer(self, now: float) -> Answer:
        return Answer(
            place=self.place,
            completion=self.completion,
            text=self.text,
            mode=self.mode,
            complete=self.complete,
            at=now,
            likelihood=self.likelihood,
            logprobs=self.logprobs,
        )

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
