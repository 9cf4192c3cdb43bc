"""Holes as an editor sends them, cut from Python's own library; no engine has seen one before."""

import inspect
import random
import re

from understudy_protocol.completion import CompletionRequest
from understudy_protocol.repository import RepositoryId
from understudy_server.bench.keystrokes import MODULES, SUFFIX_SHARE

REPOSITORY = RepositoryId("library-000000000000")
LONGEST_LINE = 100
"""Characters; a place may need so many more on each side than are asked for."""

# Within a line, after something that is no blank: the gateway takes a blank off the prompt.
_PLACE = re.compile(r"(?<=[(\[.,=])(?=[^\s#].{6,80}\n)")


class FreshHoles:
    """Equal seeds give equal holes."""

    def __init__(self, seed: int, *, characters: int, max_tokens: int) -> None:
        """`characters` is the length of prefix and suffix together."""
        self._random = random.Random(seed)
        self._after = int(characters * SUFFIX_SHARE)
        self._before = characters - self._after
        self._max_tokens = max_tokens
        sources = [inspect.getsource(module) for module in MODULES]
        first, last = self._before, self._after + LONGEST_LINE
        self._places = [
            (source, match.start())
            for source in sources
            for match in _PLACE.finditer(source, first, len(source) - last)
        ]

    def one(self) -> CompletionRequest:
        """A hole of its own."""
        return self.twins()[0]

    def twins(self) -> tuple[CompletionRequest, CompletionRequest]:
        """The same hole twice; the texts differ at the beginning only.

        So they cost the same, and neither finds the other in the prefix cache.
        """
        source, cursor = self._random.choice(self._places)
        return self._hole(source, cursor), self._hole(source, cursor)

    def _hole(self, source: str, cursor: int) -> CompletionRequest:
        # Wherever the format begins, with the prefix or the suffix, it begins with this.
        mark = f"# {self._random.getrandbits(64):016x}\n"
        before, after = self._before - len(mark), self._after - len(mark)
        return CompletionRequest(
            repository=REPOSITORY,
            path="library/source.py",
            language="python",
            prefix=mark + source[cursor - before : cursor],
            suffix=mark + source[source.index("\n", cursor) + 1 :][:after],
            max_tokens=self._max_tokens,
        )
