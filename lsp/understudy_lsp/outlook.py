"""What is to be known of one cursor before anybody can be asked, each part worked out when it is
first needed, and kept: an editor that asks a while after the key finds it ready (`preparation`).
"""

from functools import cached_property

from understudy_lsp.copying.copies import Copy
from understudy_lsp.filters.surroundings import Surroundings, look
from understudy_lsp.folders import Folder
from understudy_lsp.hole.hole import Hole, find_hole
from understudy_lsp.hole.names import Names, names_near
from understudy_lsp.hole.tree import Tree
from understudy_lsp.open_documents import OpenDocuments
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.snippets.gatherer import Gathered


class Outlook:
    def __init__(
        self, folder: Folder, snapshot: Snapshot, tree: Tree | None, *, line: int, at: float
    ) -> None:
        self.folder = folder
        self.snapshot = snapshot
        self.tree = tree
        self.line = line
        """Of the cursor, from 1."""
        self.at = at
        """When it was begun: other documents, and the index, change too."""
        self._prepared: tuple[Copy | None] | None = None

    @cached_property
    def hole(self) -> Hole:
        return find_hole(self.snapshot, self.tree)

    @cached_property
    def names(self) -> Names:
        return names_near(self.snapshot, self.tree)

    @cached_property
    def around(self) -> Surroundings:
        return look(self.snapshot, self.hole)

    def look_around(self) -> None:
        """What an answer is compared with."""
        _ = self.around.above, self.around.below, self.around.column

    def prepare_copy(self, documents: OpenDocuments) -> Copy | None:
        """The next that `copy` gives."""
        self._prepared = (self._found(documents),)
        return self._prepared[0]

    def copy(self, documents: OpenDocuments) -> Copy | None:
        """What usually follows here in the folder; one of its own each time, because each may have
        a life of its own."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None and self._may_be_used(prepared[0]):
            return prepared[0]
        return self._found(documents)

    def gathered(self, copy: Copy | None) -> Gathered:
        """The snippets for a request; what was chosen for the line is kept by the gatherer."""
        return self.folder.gatherer.gather(self.snapshot, self.hole, self.names, copy=copy)

    def _found(self, documents: OpenDocuments) -> Copy | None:
        open_texts = documents.texts(self.folder)
        return self.folder.copies.find(self.snapshot, open_texts=open_texts)

    def _may_be_used(self, copy: Copy | None) -> bool:
        """A file may have become ignored since."""
        allowed, own = self.folder.index.allowed, self.snapshot.path
        return copy is None or all(
            place.path == own or allowed(place.path) for place in copy.places
        )
