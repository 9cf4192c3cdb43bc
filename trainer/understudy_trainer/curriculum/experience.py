"""Experience: the places where people asked, and what came to stand there.

An event is only a hint where to practise. What is learned is the text of the repository at the
commit: where a suggestion was kept, or something else was written instead, the line must stand
there, and the middle is taken from there. So somebody who accepts garbage, sends events again, or
events that contradict each other, of another repository or of completions that are not there,
teaches nothing that nobody committed. What surrounds it is as the model saw it, because that is
how it will be asked again, but for lessons, which may be deleted; it does not count in the loss.

The log is read page by page. Held at a time are the lives of some thousand completions, and at
most `MOST` examples; a life that has been judged and is heard of again is judged again.

What is not committed may be tomorrow, or was in a commit that is held out tonight. So the cursor
stays before the oldest such completion for a while, and a later night judges it again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import httpx
import msgspec

from understudy_protocol.completion import Completion, CompletionId, Mode
from understudy_protocol.languages import language_of
from understudy_protocol.repository import RepositoryId
from understudy_trainer.curriculum.event_log import completions, events
from understudy_trainer.curriculum.events import Life, hinted, reason_for_nothing
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.newest_word import NewestWord
from understudy_trainer.curriculum.places import Places, Stands
from understudy_trainer.curriculum.redact import redacted
from understudy_trainer.curriculum.shares import fair
from understudy_trainer.lessons.without_lessons import without_lessons

WEIGHT = 2.0
"""Other holes are guesses at where people ask; this is where somebody did, with what the model
really had in view. There are few of them beside thousands of others."""

MOST = 2_000
"""Examples, the newest."""

NOT_COMMITTED = "not committed"
"""The reason that `Places` gives."""

LIVES = 10_000
"""That are held before they are judged. Most of a life comes within ten minutes."""


class Experienced(msgspec.Struct, frozen=True):
    examples: tuple[Example, ...]
    cursor: int
    """Pass it as `after` next time: before the oldest completion that is waited for."""
    events: int
    left_out: dict[str, int]
    """Reason → how many completions, or events of another repository."""


class _Judged(NamedTuple):
    at: int
    """When it was asked for: milliseconds since the epoch."""
    told: "_Learned | str"
    """What is to be learned of it, or why nothing is."""


class _Learned(msgspec.Struct, frozen=True):
    example: Example
    person: str | None


def experience(
    gateway: httpx.Client,
    *,
    repository: RepositoryId,
    after: int,
    files: Mapping[str, str],
    commit: str = "",
    waits_from: int = 0,
) -> Experienced:
    """From the events behind the cursor `after`; `files`: path → text at the commit, without
    secrets. What was asked for before `waits_from`, in milliseconds since the epoch, and is not
    committed by now, is waited for no longer.

    Raises StoreError if the gateway does not answer as it should.
    """
    left_out: Counter[str] = Counter()
    places = Places(files)
    lives: dict[CompletionId, Life] = {}
    begins: dict[CompletionId, int] = {}
    waiting: dict[CompletionId, int] = {}
    learned = NewestWord[_Learned](_person, most=MOST, left_out=left_out)
    cursor, count = after, 0

    def judge() -> None:
        found = _judged(gateway, lives, places, repository=repository, commit=commit)
        for id, (at, told) in found:
            learned.hear(id, told)
            if told == NOT_COMMITTED and at >= waits_from:
                waiting.setdefault(id, begins[id])
            elif not isinstance(told, str) or told == "not kept":
                waiting.pop(id, None)
        lives.clear()
        begins.clear()
        learned.trim()

    for stored in events(gateway, repository=repository, after=after):
        cursor, count = stored.cursor, count + 1
        if stored.event.repository != repository:
            left_out["of another repository"] += 1
            continue
        lives.setdefault(stored.event.completion, Life()).add(stored.event)
        begins.setdefault(stored.event.completion, stored.cursor)
        if len(lives) >= LIVES:
            judge()
    judge()

    every = _distinct(learned.every(), left_out)
    chosen = fair(every, _person)
    left_out["more than one person's share"] += len(every) - len(chosen)
    examples = tuple(each.example for each in chosen[-MOST:])
    if len(chosen) > MOST:
        left_out["more than is needed"] += len(chosen) - MOST
    cursor = min([cursor, *(begin - 1 for begin in waiting.values())])
    return Experienced(examples, cursor, count, dict(sorted((+left_out).items())))


def _judged(
    gateway: httpx.Client,
    lives: Mapping[CompletionId, Life],
    places: Places,
    *,
    repository: RepositoryId,
    commit: str,
) -> Iterator[tuple[CompletionId, _Judged]]:
    for id, completion in completions(gateway, list(lives)):
        if completion is None:
            yield id, _Judged(0, "completion is gone")
        elif completion.repository != repository:
            yield id, _Judged(completion.at, "of another repository")
        else:
            told = _learned(lives[id], completion, places, commit=commit)
            yield id, _Judged(completion.at, told)


def _learned(life: Life, completion: Completion, places: Places, *, commit: str) -> _Learned | str:
    texts = hinted(life, completion)
    if not texts:
        return reason_for_nothing(life)
    reason = ""
    for text in texts:
        stands = places.find(
            completion.path,
            prefix=completion.prefix,
            text=text.partition("\n")[0] if completion.mode is Mode.LINE else text,
            suffix=completion.suffix,
        )
        if isinstance(stands, Stands):
            return _Learned(_example(completion, stands, places, commit=commit), completion.person)
        reason = reason or stands
    return reason


def _example(completion: Completion, stands: Stands, places: Places, *, commit: str) -> Example:
    return Example(
        unit="experience",
        path=stands.path,
        commit=commit,
        language=language_of(stands.path) or "",
        prefix=redacted(completion.prefix),
        middle=stands.middle,
        suffix=redacted(completion.suffix),
        # Of a file that is ignored since, or gone, nothing is shown any more.
        snippets=tuple(
            msgspec.structs.replace(each, text=redacted(each.text))
            for each in without_lessons(
                completion.snippets, path=completion.path, files=places.files
            )
            if each.path in places.files
        ),
        weight=WEIGHT,
    )


def _distinct(learned: Sequence[_Learned], left_out: Counter[str]) -> list[_Learned]:
    """Each line of a file once: who types it is asked about several times."""
    last: dict[tuple[str, str], _Learned] = {}
    for each in learned:
        example = each.example
        key = (example.path, example.prefix.rpartition("\n")[2] + example.middle)
        last.pop(key, None)
        last[key] = each
    left_out["asked again"] += len(learned) - len(last)
    return list(last.values())


def _person(learned: _Learned) -> str | None:
    return learned.person
