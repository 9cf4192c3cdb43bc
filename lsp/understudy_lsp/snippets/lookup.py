"""What snippets need of the index."""

from collections.abc import Sequence
from typing import Protocol

from understudy_lsp.index.facts import Definition, Import


class Lookup(Protocol):
    """As `index.Index` has it: answers at once, and only of files that may be used."""

    def allowed(self, path: str) -> bool: ...

    def definitions(
        self, names: Sequence[str], *, limit: int, within: Sequence[str] = ()
    ) -> list[Definition]: ...

    def definitions_in(self, path: str) -> list[Definition]: ...

    def imports_of(self, path: str) -> list[Import]: ...

    def counterpart(self, path: str) -> str | None: ...

    def text_of(self, path: str, first: int, last: int) -> str | None: ...
