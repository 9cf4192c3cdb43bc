"""Whether a person has agreed that their work in a repository is remembered: asked once, kept in
one file, and taken back at any time."""

import os
from enum import StrEnum
from pathlib import Path

import msgspec

from understudy_protocol.repository import RepositoryId


class Answer(StrEnum):
    UNASKED = "unasked"
    YES = "yes"
    NO = "no"


class Consents:
    """The answers in `file`. It is looked at again whenever it has changed, so that what is said in
    one editor, or by `understudy forget`, holds in all."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._path = os.fspath(file)  # asked with every request, where a `Path` takes its time
        self._read_at: tuple[int, int] | None = None
        self._answers: dict[RepositoryId, Answer] = {}

    def answer(self, repository: RepositoryId) -> Answer:
        """A file that cannot be read has agreed to nothing."""
        try:
            status = os.stat(self._path)
            changed = (status.st_mtime_ns, status.st_ino)
            if changed != self._read_at:
                answers = msgspec.json.decode(
                    self._file.read_bytes(), type=dict[RepositoryId, Answer]
                )
                self._answers, self._read_at = answers, changed
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            self._answers, self._read_at = {}, None
        return self._answers.get(repository, Answer.UNASKED)

    def set(self, repository: RepositoryId, answer: Answer) -> None:
        """UNASKED forgets the answer. Raises OSError."""
        self.answer(repository)
        answers = {**self._answers, repository: answer}
        if answer is Answer.UNASKED:
            del answers[repository]
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        staged = self._file.with_suffix(f".{os.getpid()}")
        staged.write_bytes(msgspec.json.format(msgspec.json.encode(answers), indent=2) + b"\n")
        staged.replace(self._file)
