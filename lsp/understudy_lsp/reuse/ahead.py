"""Asking before it is needed, as if the suggestion on the screen had been accepted.

The engine is idle while somebody reads. Copilot asks for every suggestion that it shows, which
doubles the work of its servers; ours is asked only about suggestions that are likely to be taken,
and only when the person has stopped to read.
"""

import msgspec

from understudy_lsp.eagerness import Eagerness, good_enough
from understudy_lsp.snapshot import Snapshot, last_line_end
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import Mode

READING_S = 0.4
"""A suggestion that stood so long is being read. Keys of one burst follow each other within 400 ms
(the bound that tabby-agent draws as well)."""

_OPENERS = (":", "{", "(", "[")
_LEAVERS = ("return", "raise", "break", "continue", "pass", "throw", "goto")


class Ahead(msgspec.Struct, frozen=True):
    accepted: Snapshot
    """The document with the suggestion in it, the cursor behind it."""
    asked: Snapshot
    """The same on a new line, indented as an editor would: what the engine is to fill in."""
    lead: str
    """What `asked` has more than `accepted`: line break and indentation."""
    mode: Mode
    """A block if the accepted line opens one."""


def ask_ahead(snapshot: Snapshot, suggestion: Suggestion) -> Ahead | None:
    """What to ask as if `suggestion`, offered at the snapshot, were accepted.

    None if nothing good can be foreseen: the line goes on behind it, or ends its scope, or the
    suggestion was a block, behind which the indentation is anybody's guess.
    """
    end = snapshot.offset + suggestion.replaces
    if suggestion.mode is Mode.BLOCK or "\n" in suggestion.text or end != snapshot.line_end:
        return None
    text = snapshot.text[: snapshot.offset] + suggestion.text
    line = text[last_line_end(text, len(text)) :]
    words = line.split()
    if not words or words[0].rstrip(";") in _LEAVERS:
        return None
    opens = line.rstrip().endswith(_OPENERS)
    indent = line[: len(line) - len(line.lstrip())] + (snapshot.indent.unit if opens else "")
    newline = "\r\n" if snapshot.text.find("\r\n") >= 0 else "\n"
    rest = snapshot.text[end:]
    replace = msgspec.structs.replace
    return Ahead(
        accepted=replace(snapshot, text=text + rest, offset=len(text)),
        asked=replace(
            snapshot,
            text=text + newline + indent + rest,
            offset=len(text) + len(newline) + len(indent),
        ),
        lead="\n" + indent,
        mode=Mode.BLOCK if opens else Mode.LINE,
    )


def worth_asking_ahead(
    suggestion: Suggestion, *, idle: bool, stood_s: float, eagerness: Eagerness
) -> bool:
    """Whether an idle engine should be asked: the suggestion has stood for `stood_s` seconds and
    would have been shown to the most reluctant person too."""
    likely = good_enough(suggestion, eagerness=Eagerness.LOW)
    return idle and eagerness is not Eagerness.MANUAL and stood_s >= READING_S and likely
