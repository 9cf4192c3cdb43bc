"""Verdicts: from the events of the experience store to groups and pairs.

An event is only a hint. What a text is worth is said by what stands in the repository at its place:
what people kept, or wrote instead. Where nothing of either is committed, nothing is learned, not
even that a text was refused. So whoever accepts everything, or refuses everything, teaches nothing
that nobody committed; and of what is left nobody has more than all others together.

What was refused without a word costs what a wrong one costs, if another text has come to stand at
its place (`refused`).

Copies from the repository, which no model wrote, are left out. The rest is asked at night again, to
stand in a group beside what was served; see `served` for which candidates have log-probabilities.

The log is read once, in time that grows with it. Held at a time are the lives of `LIVES`
completions, and at most twice `MOST` verdicts. A life that has been judged and is heard of again is
judged again, by what is heard then.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from understudy_protocol.completion import Completion, CompletionId, Mode
from understudy_protocol.events import StoredEvent
from understudy_protocol.languages import language_of
from understudy_protocol.repository import RepositoryId
from understudy_trainer.curriculum.events import hinted, reason_for_nothing
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.experience import WEIGHT
from understudy_trainer.curriculum.newest_word import NewestWord
from understudy_trainer.curriculum.places import Places, Stands
from understudy_trainer.curriculum.redact import redacted
from understudy_trainer.curriculum.shares import fair
from understudy_trainer.lessons.without_lessons import without_lessons
from understudy_trainer.reinforce.groups import Group
from understudy_trainer.reinforce.lives import Told, kept_share
from understudy_trainer.reinforce.pairs import Pair, pairs
from understudy_trainer.reinforce.refused import written_later
from understudy_trainer.reinforce.reward import hole_of, paid_once, reward
from understudy_trainer.reinforce.served import Served, Tokenise, candidate, plain, why_apart
from understudy_trainer.reinforce.tested import Judge

MOST = 2_000
"""Verdicts, the newest. A night has time to ask for so many contexts a few times each."""

LIVES = 10_000
"""That are held before they are judged. Most of a life comes within ten minutes."""

COPY = "copy"
"""The `model` of a completion that was taken from the repository."""

Fetch = Callable[[Sequence[CompletionId]], Iterable[tuple[CompletionId, Completion | None]]]
"""Completions by id, in their order; None for what is not there. See
`curriculum.event_log.completions`."""


class Verdicts(msgspec.Struct, frozen=True):
    groups: tuple[Group, ...]
    """With what was served; one candidate is usual."""
    pairs: tuple[Pair, ...]
    cursor: int
    """Of the last event; what was passed as `after` if there was none."""
    events: int
    left_out: dict[str, int]
    """Reason → how many completions, events, log-probabilities or pairs."""


class Repository(NamedTuple):
    """At the commit that is learned."""

    id: RepositoryId
    files: Mapping[str, str]
    """Path → text, without secrets."""
    names: Container[str]
    """What it defines."""
    commit: str = ""


class _Verdict(NamedTuple):
    completion: Completion
    stands: Stands
    kept: float | None


class _Asked(NamedTuple):
    verdict: _Verdict
    example: Example


def verdicts(
    events: Iterable[StoredEvent],
    fetch: Fetch,
    *,
    after: int,
    repository: Repository,
    served: Served,
    tokenise: Tokenise,
    tests: Judge | None = None,
) -> Verdicts:
    """From the events behind the cursor `after`, in any order. `tests` asks the repository's, if
    they may be run."""
    left_out: Counter[str] = Counter()
    places = Places(repository.files)
    lives: dict[CompletionId, Told] = {}
    found = NewestWord[_Verdict](_person, most=MOST, left_out=left_out)
    cursor, count = after, 0

    def judge() -> None:
        for id, told in _judged(fetch, lives, places, repository=repository.id):
            found.hear(id, told)
        lives.clear()
        found.trim()

    for stored in events:
        cursor, count = max(cursor, stored.cursor), count + 1
        if stored.event.repository != repository.id:
            left_out["of another repository"] += 1
            continue
        if stored.event.completion not in lives and len(lives) >= LIVES:
            judge()
        lives.setdefault(stored.event.completion, Told()).add(stored.event)
    judge()

    chosen = found.newest()
    heard = fair(chosen, _person)
    left_out["more than one person's share"] += len(chosen) - len(heard)
    asked = [_Asked(each, _example(each, places, commit=repository.commit)) for each in heard]
    worth = _rewards(asked, repository, tests)
    groups = _groups(asked, worth, left_out, served=served, by=tokenise)
    return Verdicts(
        groups=tuple(groups),
        pairs=tuple(pair for group in groups for pair in pairs(group, left_out)),
        cursor=cursor,
        events=count,
        left_out=dict(sorted((+left_out).items())),
    )


def _judged(
    fetch: Fetch, lives: Mapping[CompletionId, Told], places: Places, *, repository: RepositoryId
) -> Iterator[tuple[CompletionId, _Verdict | str]]:
    """What is known of each life, or why nothing is."""
    for id, completion in fetch(list(lives)):
        if completion is None:
            yield id, "completion is gone"
        elif completion.repository != repository:
            yield id, "of another repository"
        elif completion.model == COPY:
            yield id, "no model wrote it"
        elif not completion.text.strip():
            yield id, "nothing was shown"
        else:
            yield id, _verdict(lives[id], completion, places)


def _verdict(told: Told, completion: Completion, places: Places) -> _Verdict | str:
    texts = hinted(told.life, completion) or written_later(told.life, completion, places)
    reason = "" if texts else reason_for_nothing(told.life)
    for text in texts:
        stands = places.find(
            completion.path,
            prefix=completion.prefix,
            text=text.partition("\n")[0] if completion.mode is Mode.LINE else text,
            suffix=completion.suffix,
        )
        if isinstance(stands, Stands):
            return _Verdict(completion, stands, kept_share(told, completion))
        reason = reason or stands
    return reason


def _groups(
    asked: Sequence[_Asked],
    rewards: Sequence[float],
    left_out: Counter[str],
    *,
    served: Served,
    by: Tokenise,
) -> list[Group]:
    groups: dict[str, Group] = {}
    for (verdict, example), worth in zip(asked, rewards, strict=True):
        completion = verdict.completion
        if redacted(completion.text) != completion.text:
            left_out["secret"] += 1
            continue
        made = msgspec.structs.replace(
            candidate(completion, reward=worth, served=served, tokenise=by),
            prompt_tokens=completion.prompt_tokens,
        )
        if apart := why_apart(completion, served) or _shown_otherwise(completion, example):
            left_out[f"log-probabilities: {apart}"] += 1
            made = msgspec.structs.replace(made, logprobs=())
        group = groups.setdefault(example.id, Group(example, ()))
        if any(other.text == made.text for other in group.candidates):
            left_out["asked again"] += 1
            continue
        groups[example.id] = Group(example, (*group.candidates, made))
    return list(groups.values())


def _rewards(asked: Sequence[_Asked], repository: Repository, tests: Judge | None) -> list[float]:
    """One for each, paid once a line."""
    rewards: list[float] = []
    lines: dict[tuple[str, str], list[int]] = {}
    for number, (verdict, example) in enumerate(asked):
        hole = hole_of(example, world=repository.id)
        text = plain(verdict.completion.text)
        passes = tests(hole, text) if tests else None
        rewards.append(reward(hole, text, known=repository.names, tests=passes, kept=verdict.kept))
        line = (hole.path, hole.prefix.rpartition("\n")[2] + hole.middle)
        lines.setdefault(line, []).append(number)
    for numbers in lines.values():
        for number, paid in zip(numbers, paid_once([rewards[n] for n in numbers]), strict=True):
            rewards[number] = paid
    return rewards


def _example(verdict: _Verdict, places: Places, *, commit: str) -> Example:
    """As the model saw it, because that is how it will be asked again, but without lessons: those
    it is told anew."""
    completion = verdict.completion
    return Example(
        unit="experience",
        path=verdict.stands.path,
        commit=commit,
        language=language_of(verdict.stands.path) or "",
        prefix=redacted(completion.prefix),
        middle=verdict.stands.middle,
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


def _shown_otherwise(completion: Completion, example: Example) -> str:
    """Why the model would not see what it saw then; "" if it would."""
    same = (completion.path, completion.prefix, completion.suffix, completion.snippets) == (
        example.path,
        example.prefix,
        example.suffix,
        example.snippets,
    )
    return "" if same else "what the model saw is not shown any more"


def _person(verdict: _Verdict) -> str | None:
    return verdict.completion.person
