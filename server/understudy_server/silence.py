"""For how long an engine has said nothing although something was asked of it.

vLLM's `/health` answers for the process that speaks HTTP; the one that computes may hang behind it.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager


class Silence:
    def __init__(self) -> None:
        self._waiting = 0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """0 if nothing is waited for.

        Who gives up before the first word does not end the silence: somebody who types gives up
        at each key.
        """
        return 0.0 if self._since is None else time.monotonic() - self._since

    @contextmanager
    def waiting(self) -> Generator[Callable[[], None]]:
        """Within, an answer is waited for; the function it yields is to be called at each word."""
        heard_something = False

        def heard() -> None:
            nonlocal heard_something
            heard_something = True
            self._since = time.monotonic()

        self._waiting += 1
        if self._since is None:
            self._since = time.monotonic()
        try:
            yield heard
        finally:
            self._waiting -= 1
            if heard_something and not self._waiting:
                self._since = None
