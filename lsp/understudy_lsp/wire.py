"""Messages in and out: over stdin and stdout, or TCP.

pygls reads stdin in the thread pool that also runs handlers, so a few slow handlers stop it reading
(and a cancellation is then read too late). Here the event loop reads. After each message the loop
gets a turn, so that a request has taken its snapshot before the next change of the document is
read.
"""

import asyncio
import logging
import re
import signal
import sys
from typing import Any, cast

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from understudy_lsp import json_text
from understudy_protocol.errors import ConfigError

MOST_BYTES = 512 * 2**20
"""Of one message. A 50 MB file, with every character escaped, stays below it."""

MOST_UNREAD = 64 * 2**20
"""Bytes that a client may leave unread: whoever does not read so much never will."""

_LENGTH = re.compile(rb"content-length\s*:\s*(\d{1,12})\s*\r?\n", re.IGNORECASE)
_INVALID_PARAMS = -32602

log = logging.getLogger(__name__)


async def serve_stdio(server: LanguageServer) -> None:
    """Until the client says `exit`, or hangs up. Raises ConfigError if there cannot be one."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**20)
    try:
        stdin, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        transport, protocol = await loop.connect_write_pipe(
            lambda: _Stdout(stdin, loop), sys.stdout
        )
    except (AttributeError, ValueError) as error:  # closed, or a file
        raise ConfigError(
            "Nobody can talk to the language server: its stdin or stdout is no pipe.",
            "Let your editor start it, or give --tcp HOST:PORT.",
        ) from error
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    _end_when_told(writer)
    # Whatever prints by mistake must not land between two messages.
    sys.stdout = sys.stderr
    await serve(server, reader, writer)


async def serve_tcp(server: LanguageServer, host: str, port: int) -> None:
    """One client, then it ends: an editor that wants TCP starts a server for itself. Raises
    ConfigError if the address cannot be listened on."""
    connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    connected = asyncio.get_running_loop().create_future()

    def first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if connected.done():
            writer.close()
        else:
            connected.set_result((reader, writer))

    try:
        listening = await asyncio.start_server(first, host, port, limit=2**20)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"The language server cannot listen on {host}:{port}: {error}.",
            "Give another address, such as 127.0.0.1:0 for any port that is free.",
        ) from error
    async with listening:
        bound = listening.sockets[0].getsockname()
        sys.stderr.write(f"Understudy's language server listens on {bound[0]}:{bound[1]}.\n")
        reader, writer = await connected
        _end_when_told(writer)
        await serve(server, reader, writer)


async def serve(
    server: LanguageServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    server.protocol.set_writer(_Writer(writer))
    try:
        while (body := await _read(reader)) is not None:
            _handle(server, body)
            # One turn for a request's snapshot, and one for its own request to go on its way.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
    except (ConnectionError, asyncio.IncompleteReadError):
        log.info("the client hung up")
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes | None:
    """The body of the next message; None at the end. Lines that are no header are passed over."""
    length = None
    while True:
        try:
            line = await reader.readline()
        except ValueError:  # a line longer than the limit is no header
            continue
        if not line:
            return None
        if (match := _LENGTH.fullmatch(line)) is not None:
            length = int(match.group(1))
        elif length is not None and not line.strip():
            if length > MOST_BYTES:
                log.error("a message of %d bytes was refused", length)
                return None
            return await reader.readexactly(length)


def _handle(server: LanguageServer, body: bytes) -> None:
    protocol = server.protocol
    try:
        data = json_text.decode(body)
    except (ValueError, RecursionError):
        log.error("a message that is not JSON was passed over")
        return
    if not isinstance(data, dict):
        log.error("a message that is not an object was passed over")
        return
    message = cast(dict[str, Any], data)
    if not isinstance(message.get("id", ""), int | str):
        log.error("a message whose id is none was passed over")
        return
    try:
        structured: Any = protocol.structure_message(message)
        if not hasattr(structured, "jsonrpc"):
            log.error("a message without a version was passed over")
            return
        protocol.handle_message(structured)
    except SystemExit:
        raise
    except Exception as error:
        log.error("a message was not understood: %s", type(error).__name__)
        if "method" in message and isinstance(message.get("id"), int | str):
            problem = types.ResponseError(_INVALID_PARAMS, "The parameters are not understood.")
            protocol._send_response(message["id"], error=problem)  # pyright: ignore[reportPrivateUsage]


def _end_when_told(writer: asyncio.StreamWriter) -> None:
    """As if the client had hung up: what is to be remembered is put on disk first."""
    loop = asyncio.get_running_loop()
    for told in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(told, writer.transport.abort)


class _Stdout(asyncio.streams.FlowControlMixin):
    """A client that closes our stdout has hung up, whatever it does with our stdin."""

    def __init__(self, stdin: asyncio.ReadTransport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._stdin = stdin

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stdin.close()


class _Writer:
    """What pygls writes to. Never waits: what the client does not take yet is buffered."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        if self._writer.is_closing():
            return
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
            log.error("the client does not read what it is sent")
            self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()
