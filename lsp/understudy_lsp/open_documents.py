"""The documents that are open in the editor, and where each of them lies."""

from understudy_lsp.document import Document, Position
from understudy_lsp.folders import Folder, Folders, path_of
from understudy_lsp.snapshot import Indent, Snapshot

NEAREST = 24
"""Documents that are searched for what usually follows: those edited or looked at last. What is in
the others is found in the index once they are saved."""


class OpenDocuments(dict[str, Document]):
    """By URI; `touch` keeps the order of use."""

    def __init__(self, folders: Folders) -> None:
        super().__init__()
        self._folders = folders

    def touch(self, uri: str) -> None:
        """It was edited or looked at."""
        if (document := self.pop(uri, None)) is not None:
            self[uri] = document

    def text_of(self, uri: str) -> str | None:
        document = self.get(uri)
        return document.text if document else None

    def texts(self, folder: Folder) -> dict[str, str]:
        """Path → text of the documents of a folder, the one used last at the end."""
        newest = list(self.values())[-NEAREST:]
        found = ((folder.relative(document.uri), document) for document in newest)
        return {path: document.text for path, document in found if path}

    def line(self, snapshot: Snapshot) -> int:
        """Of the snapshot's cursor, from 1."""
        document = self.get(snapshot.uri)
        if document is not None and document.version == snapshot.version:
            return document.line(snapshot.offset) + 1  # does not read all of the text
        return snapshot.text.count("\n", 0, snapshot.offset) + 1

    def snapshot(
        self, uri: str, position: Position, indent: Indent | None = None
    ) -> Snapshot | None:
        """None if the document is not open."""
        document = self.get(uri)
        if document is None:
            return None
        return self.snapshot_at(document, document.offset(position), indent=indent)

    def snapshot_at(
        self, document: Document, offset: int, *, indent: Indent | None = None
    ) -> Snapshot:
        path = path_of(document.uri)
        return Snapshot(
            uri=document.uri,
            path=self._folders.relative(document.uri) or (path.name if path else "untitled"),
            language=document.language,
            version=document.version,
            text=document.text,
            offset=offset,
            indent=indent or document.indent,
        )
