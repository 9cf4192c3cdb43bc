"""Who may call the gateway: the local token, and a token for each person on a network.

The local token lies in a file that only its owner can read; whoever can read it may do everything.
People's tokens are kept as SHA-256 digests (they are 256 random bits, so a slow hash adds nothing),
each bound to the repositories it may use.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec

from understudy_protocol.errors import ConfigError, NotFound
from understudy_protocol.repository import RepositoryId, WireRepositoryId


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    token_sha256: str
    repositories: tuple[WireRepositoryId, ...]
    """What this token may use."""


class Caller(msgspec.Struct, frozen=True):
    """Whoever a request comes from, once the token has been checked."""

    name: str | None
    """None is the owner of the local token."""
    repositories: frozenset[RepositoryId] | None
    """None is all of them."""

    def may_use(self, repository: RepositoryId) -> bool:
        return self.repositories is None or repository in self.repositories


class People:
    """The tokens of one state directory. Reading it again when the file changed needs no
    restart."""

    def __init__(self, state_dir: Path) -> None:
        self._file = state_dir / "people.json"
        self._local = local_token(state_dir)
        self._changed: int | None = None
        self._by_digest: dict[str, Person] = {}

    def caller(self, token: str) -> Caller | None:
        """Whose token this is; None if nobody's."""
        if hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._local.encode()):
            return Caller(name=None, repositories=None)
        self._reload()
        person = self._by_digest.get(_digest(token))
        if person is None:
            return None
        return Caller(name=person.name, repositories=frozenset(person.repositories))

    def _reload(self) -> None:
        try:
            changed = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            self._changed, self._by_digest = None, {}
            return
        if changed != self._changed:
            people = read_people(self._file.parent)
            self._by_digest = {person.token_sha256: person for person in people}
            self._changed = changed


def local_token(state_dir: Path) -> str:
    """The token in `<state_dir>/token`, made on first use; only the owner can read the file."""
    file = state_dir / "token"
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    staged = state_dir / f"token.{os.getpid()}"
    _write_private(staged, token.encode())
    try:
        os.link(staged, file)  # fails if another process made the token first; then theirs counts
    except FileExistsError:
        token = file.read_text(encoding="ascii").strip()
    finally:
        staged.unlink()
    return token


def add_person(state_dir: Path, name: str, repositories: Iterable[RepositoryId]) -> str:
    """Adds or replaces a person; the token returned is shown once and kept nowhere."""
    token = secrets.token_urlsafe(32)
    others = [person for person in read_people(state_dir) if person.name != name]
    person = Person(name=name, token_sha256=_digest(token), repositories=tuple(repositories))
    _write_people(state_dir, [*others, person])
    return token


def remove_person(state_dir: Path, name: str) -> None:
    people = read_people(state_dir)
    others = [person for person in people if person.name != name]
    if len(others) == len(people):
        raise NotFound(f"Nobody is called {name}.", "`understudy people list` shows who there is.")
    _write_people(state_dir, others)


def read_people(state_dir: Path) -> list[Person]:
    file = state_dir / "people.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[Person])
    except FileNotFoundError:
        return []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} is damaged: {error}.",
            "Restore it from a backup, or delete it and add people again (`understudy people "
            "add`).",
        ) from error


def _write_people(state_dir: Path, people: list[Person]) -> None:
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = state_dir / f"people.{os.getpid()}"
    _write_private(staged, msgspec.json.format(msgspec.json.encode(people), indent=2))
    staged.replace(state_dir / "people.json")


def _write_private(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
