"""The life of the connection: what the editor can do, which folders are open, what is set, which
files changed."""

import asyncio
import gc
from pathlib import Path
from typing import Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from understudy_lsp import options
from understudy_lsp.fault import report
from understudy_lsp.features import completion
from understudy_lsp.folders import path_of
from understudy_lsp.pulse import look, pulse
from understudy_lsp.server import Understudy
from understudy_protocol.errors import ConfigError

MOST_OBJECTS = 20_000
"""New ones until they are looked through in any case, which takes 3 ms: more than typing makes in
a second."""

ANSWER_S = 3.0
"""How long an editor is waited for that said it would answer."""


def initialize(server: Understudy, params: types.InitializeParams) -> None:
    """`initializationOptions`: the settings, and under `client` what the editor's plug-in can do:
    `grows` (asks again after `understudy/didGrow`) and `status` (shows what comes with
    `understudy/didChangeStatus`)."""
    given = params.initialization_options
    values = dict(cast(dict[str, Any], given)) if isinstance(given, dict) else {}
    client = values.pop("client", None)
    if isinstance(client, dict):
        able = cast(dict[str, Any], client)
        server.editor.grows = able.get("grows") is True
        server.editor.shows_status = able.get("status") is True
    server.options, server.roots = values, _roots(server)
    text = params.capabilities.text_document
    if text is None or text.inline_completion is None:
        completion.register(server)


async def initialized(server: Understudy, params: types.InitializedParams) -> None:
    session = server.session
    if server.options:
        set_settings(server, server.options)
    for root in server.roots:
        session.folders.declare(root)
    session.spool.start()
    session.spawn(session.folders.open_declared())
    await read_settings(server)
    session.spawn(pulse(session))
    await _register(server)
    # What is there now stays; to look through it again and again would take 20 ms of typing.
    gc.freeze()
    # The rest is looked through between requests (`pulse`), not in the middle of one.
    gc.set_threshold(MOST_OBJECTS)


async def read_settings(server: Understudy) -> None:
    """An editor that refuses to say, or says nothing, leaves them as they are."""
    workspace = server.client_capabilities.workspace
    if workspace is None or not workspace.configuration:
        return
    item = types.ConfigurationItem(section=options.SECTION)
    try:
        async with asyncio.timeout(ANSWER_S):
            answer = await server.workspace_configuration_async(types.ConfigurationParams([item]))
    except (TimeoutError, JsonRpcException) as error:
        report("the editor did not say what is set", error)
        return
    if answer and answer[0]:
        set_settings(server, answer[0])


def set_settings(server: Understudy, sent: Any) -> None:
    """A wrong setting is told in the status, and those before it stay."""
    session = server.session
    try:
        session.settings = options.settings_from(sent)
        session.wrong_setting = None
    except ConfigError as error:
        session.wrong_setting = error


async def configuration_changed(
    server: Understudy, params: types.DidChangeConfigurationParams
) -> None:
    sent = params.settings
    if isinstance(sent, dict) and options.SECTION in sent:
        set_settings(server, cast(dict[str, Any], sent)[options.SECTION])
    else:
        await read_settings(server)
    await look(server.session)


async def folders_changed(
    server: Understudy, params: types.DidChangeWorkspaceFoldersParams
) -> None:
    for removed in params.event.removed:
        if (root := path_of(removed.uri)) is not None:
            server.session.folders.close(root)
    for added in params.event.added:
        if (root := path_of(added.uri)) is not None:
            server.session.folders.declare(root)
    server.session.spawn(server.session.folders.open_declared())


def files_changed(server: Understudy, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        _changed(server, change.uri)


def saved(server: Understudy, params: types.DidSaveTextDocumentParams) -> None:
    _changed(server, params.text_document.uri)


async def shut_down(server: Understudy, params: None) -> None:
    await server.session.close()


def _changed(server: Understudy, uri: str) -> None:
    folder = server.session.folders.of(uri)
    if folder is not None and (path := folder.relative(uri)) is not None:
        folder.index.changed([path])


def _roots(server: Understudy) -> list[Path]:
    workspace = server.protocol.workspace
    # Not the keys: pygls has decoded those once, and `%23` would become the end of the path.
    uris = [folder.uri for folder in workspace.folders.values()]
    if not uris and workspace.root_uri:
        uris = [workspace.root_uri]
    return [root for root in map(path_of, uris) if root is not None]


async def _register(server: Understudy) -> None:
    """Files that change outside the editor (a checkout, a generator), where the editor can tell."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if watching is None or not watching.dynamic_registration:
        return
    watched = types.DidChangeWatchedFilesRegistrationOptions(
        [types.FileSystemWatcher(glob_pattern="**/*")]
    )
    registration = types.Registration(
        "files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, register_options=watched
    )
    await server.client_register_capability_async(types.RegistrationParams([registration]))


def register(server: Understudy) -> None:
    server.feature(types.INITIALIZE)(initialize)
    server.feature(types.INITIALIZED)(initialized)
    server.feature(types.SHUTDOWN)(shut_down)
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(configuration_changed)
    server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(folders_changed)
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(files_changed)
    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(saved)
