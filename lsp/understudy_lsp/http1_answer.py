"""An HTTP/1.1 answer, read as its bytes come."""

import re
from collections.abc import Callable

LONGEST_HEAD = 2**16
"""Bytes of a head, or of a line between two chunks; more is no gateway's."""

_STATUS = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?\r\n")
_HEADER = re.compile(
    rb"^(content-length|transfer-encoding|connection)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r$",
    re.IGNORECASE | re.MULTILINE,
)
"""Those that matter. All of them in one go: to read a header at a time takes twice as long."""
_LENGTH = re.compile(rb"\d{1,12}")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?")


class AnswerReader:
    """Everything that `feed` refuses is a ConnectionError: whoever it is speaks no HTTP."""

    def __init__(self) -> None:
        self.status = 0
        """0 until the head is read."""
        self.complete = False
        self.keep_alive = False
        self._rest = b""
        self._parts: list[bytes] = []
        self._step = self._head
        self._left = 0
        """Bytes of the body, or of the chunk, that are still to come."""

    def feed(self, data: bytes) -> None:
        self._rest += data
        while self._step():
            pass

    def end(self) -> None:
        """The other side has closed the connection, which ends a body of no stated length."""
        if self._step == self._until_closed:
            self.complete = True

    def take(self) -> bytes:
        """What has come of the body since this was called last."""
        part = b"".join(self._parts)
        self._parts.clear()
        return part

    # Steps: each reads one thing, says what the next one is, and whether it may be there already.

    def _head(self) -> bool:
        end = self._rest.find(b"\r\n\r\n")
        if end < 0:
            return self._wait()
        match = _STATUS.match(self._rest)
        if match is None:
            raise ConnectionError("no HTTP answer")
        found = _HEADER.findall(self._rest, match.end(), end + 2)
        self._rest = self._rest[end + 4 :]
        status = int(match[2])
        if status < 200:
            return True  # said on the way to the answer
        headers = {name.lower(): value.lower() for name, value in found}
        self._step = self._body(status, headers)
        closes = b"close" in headers.get(b"connection", b"")
        self.keep_alive = match[1] == b"1" and not closes and self._step != self._until_closed
        self.status = status
        return True

    def _body(self, status: int, headers: dict[bytes, bytes]) -> Callable[[], bool]:
        length = headers.get(b"content-length")
        if b"chunked" in headers.get(b"transfer-encoding", b""):
            return self._chunk_head
        if status in (204, 304):
            return self._over
        if length is None:
            return self._until_closed
        if _LENGTH.fullmatch(length) is None:
            raise ConnectionError("no length")
        self._left = int(length)
        return self._counted

    def _counted(self) -> bool:
        self._take_left()
        if self._left == 0:
            self._step = self._over
        return self._left == 0

    def _until_closed(self) -> bool:
        self._left = len(self._rest)
        self._take_left()
        return False

    def _chunk_head(self) -> bool:
        if (line := self._line()) is None:
            return self._wait()
        match = _CHUNK.fullmatch(line)
        if match is None:
            raise ConnectionError("no chunk")
        self._left = int(match[1], 16)
        self._step = self._chunk if self._left else self._trailer
        return True

    def _chunk(self) -> bool:
        self._take_left()
        if self._left == 0:
            self._step = self._chunk_end
        return self._left == 0

    def _chunk_end(self) -> bool:
        if len(self._rest) < 2:
            return False
        if self._line() != b"":
            raise ConnectionError("no end of a chunk")
        self._step = self._chunk_head
        return True

    def _trailer(self) -> bool:
        if (line := self._line()) is None:
            return self._wait()
        if not line:
            self._step = self._over
        return True

    def _over(self) -> bool:
        self.complete = True
        if self._rest:
            raise ConnectionError("more than the answer")
        return False

    def _wait(self) -> bool:
        if len(self._rest) > LONGEST_HEAD:
            raise ConnectionError("an endless head")
        return False

    def _line(self) -> bytes | None:
        line, found, rest = self._rest.partition(b"\r\n")
        if not found:
            return None
        self._rest = rest
        return line

    def _take_left(self) -> None:
        part, self._rest = self._rest[: self._left], self._rest[self._left :]
        self._left -= len(part)
        if part:
            self._parts.append(part)
