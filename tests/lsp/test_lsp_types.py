"""Messages that are read in a way of our own say what lsprotocol reads in them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pygls.protocol import default_converter

from understudy_lsp.document import Position
from understudy_lsp.lsp_types import (
    FARTHEST,
    Change,
    ChangeNotification,
    InlineCompletionRequest,
    converter,
)

READER = converter()
THEIRS = default_converter()

PLACES = st.fixed_dictionaries(
    {"line": st.integers(0, FARTHEST), "character": st.integers(0, FARTHEST)}
)
CHANGES = st.one_of(
    st.fixed_dictionaries({"text": st.text()}),
    st.fixed_dictionaries(
        {
            "range": st.fixed_dictionaries({"start": PLACES, "end": PLACES}),
            "text": st.text(),
        },
        optional={"rangeLength": st.integers(0, 100)},
    ),
)


def changed(changes: list[dict[str, Any]]) -> dict[str, Any]:
    document = {"uri": "file:///a.py", "version": 7}
    params = {"textDocument": document, "contentChanges": changes}
    return {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}


def asked(**more: Any) -> dict[str, Any]:
    params = {
        "textDocument": {"uri": "file:///a.py"},
        "position": {"line": 1, "character": 2},
        "context": {"triggerKind": 2},
        **more,
    }
    method = "textDocument/inlineCompletion"
    return {"jsonrpc": "2.0", "id": "one", "method": method, "params": params}


def span_of(change: types.TextDocumentContentChangeEvent) -> tuple[Position, Position] | None:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return None
    start, end = change.range.start, change.range.end
    return Position(start.line, start.character), Position(end.line, end.character)


@given(st.lists(CHANGES, max_size=3))
def test_changes_are_read_as_lsprotocol_reads_them(changes: list[dict[str, Any]]) -> None:
    ours = READER.structure(changed(changes), ChangeNotification).params
    theirs = THEIRS.structure(changed(changes), types.DidChangeTextDocumentNotification).params
    assert (ours.uri, ours.version) == (theirs.text_document.uri, theirs.text_document.version)
    assert ours.changes == [Change(span_of(each), each.text) for each in theirs.content_changes]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"text": "x", "range": None},
        {"text": "x", "range": {"start": {"line": 0, "character": 0}}},
        {"text": "x", "range": {"start": {"line": "x", "character": 0}, "end": None}},
        {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}},
    ],
)
def test_of_a_change_that_is_none_nothing_is_read(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        READER.structure(changed([{"text": "all"}, change]), ChangeNotification)


def test_a_place_beyond_what_the_protocol_allows_is_the_last_that_it_does() -> None:
    request = READER.structure(
        asked(position={"line": -1, "character": 2**32 - 1}), InlineCompletionRequest
    )
    assert request.params.position == Position(0, FARTHEST)


def test_a_request_says_by_whom_and_for_which_version_it_is() -> None:
    request = READER.structure(
        asked(textDocument={"uri": "file:///a.py", "version": 3}, context={"triggerKind": 1}),
        InlineCompletionRequest,
    )
    assert (request.id, request.params.version, request.params.invoked) == ("one", 3, True)
    assert READER.structure(asked(), InlineCompletionRequest).params.version is None
