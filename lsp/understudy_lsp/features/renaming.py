"""`workspace/willRenameFiles`: what was taken in a file is followed to its new name.

An editor closes the old document and opens the new one, and by then the old file is gone: without
this nothing more would be told of what was kept there.
"""

from lsprotocol import types

from understudy_lsp.experience.tracker import Tracker
from understudy_lsp.server import Understudy


def will_rename(server: Understudy, params: types.RenameFilesParams) -> None:
    """Answered with nothing: no file is changed for it."""
    session = server.session
    for file in params.files:
        old, new = file.old_uri.rstrip("/"), file.new_uri.rstrip("/")
        for uri in list(session.documents):
            _follow(session.tracker, uri, old, new)


def _follow(tracker: Tracker, uri: str, old: str, new: str) -> None:
    """`old` may be the document itself, or a folder that it lies in."""
    if uri == old or uri.startswith(f"{old}/"):
        tracker.renamed(uri, new + uri[len(old) :])


def register(server: Understudy) -> None:
    anything = types.FileOperationFilter(types.FileOperationPattern("**/*"), scheme="file")
    options = types.FileOperationRegistrationOptions([anything])
    server.feature(types.WORKSPACE_WILL_RENAME_FILES, options)(will_rename)
