"""Which files are learned from, and their text as it may be learned."""

from collections import Counter
from collections.abc import Callable

from understudy_protocol.languages import language_of
from understudy_trainer.curriculum.redact import Redact
from understudy_trainer.curriculum.rules import Ignored
from understudy_trainer.repoworld.files import safe_path, text_of
from understudy_trainer.repoworld.left_out import reason_to_leave_out
from understudy_typist.history import CODE

Read = Callable[[str, bytes], str | None]
"""From a path and what is there to the text without secrets; None if it is not learned from."""


def reader(ignored: Ignored, redact: Redact, left_out: Counter[str]) -> Read:
    """Counts what it leaves out in `left_out`, by reason."""

    def read(path: str, content: bytes) -> str | None:
        text = text_of(content)
        reason = "not text"
        if text is not None:
            reason = _reason(path, text, ignored)
            if reason is None:
                return redact(text)
        left_out[reason] += 1
        return None

    return read


def is_code(path: str) -> bool:
    return language_of(path) in CODE


def _reason(path: str, text: str, ignored: Ignored) -> str | None:
    if not safe_path(path):
        return "unsafe name"
    if ignored(path):
        return "ignored"
    if not is_code(path):
        return "no code"
    return reason_to_leave_out(path, text)
