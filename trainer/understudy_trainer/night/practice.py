"""The stage of a night in which a copy of the candidate practises on answers (`reinforce.mel`).

It takes the candidate's place only if that helps (`helped`). Else the candidate stays as it was, no
lesson is served, and the report says so.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec

from understudy_protocol import fim
from understudy_protocol.completion import Completion
from understudy_protocol.errors import UnderstudyError
from understudy_protocol.lesson import Lesson
from understudy_releases.releases import versions
from understudy_trainer.curriculum.definitions import Definitions
from understudy_trainer.curriculum.event_log import completions, events
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.gather import Gathered
from understudy_trainer.learn.rendering import Form, load_form
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.lessons.lesson_book import LessonsDamaged, read_book
from understudy_trainer.lessons.proving import Trial
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.helped import asked_lines, helped
from understudy_trainer.night.parent import Parent
from understudy_trainer.night.plan import Plan
from understudy_trainer.night.record import Practised, PractisedRound
from understudy_trainer.night.resumed import resumed
from understudy_trainer.night.telling import Found, Night
from understudy_trainer.night.watch import Watch
from understudy_trainer.reinforce.mel import Practice, Reinforced, Report, reinforce
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.practised_lessons import Lessons
from understudy_trainer.reinforce.reinforcement import Reinforcement
from understudy_trainer.reinforce.served import Served, plain
from understudy_trainer.reinforce.verdicts import Repository, Verdicts, verdicts
from understudy_trainer.repoworld.hole import Hole

SHARE = 0.25
"""Of the budget."""

FOLDER, VERDICTS = "practice", "verdicts.json"

MOST_PAIRS = 48
"""The newest: what the parent finds of each is asked before the first round."""

ANSWER_S = 0.25
"""That a line takes to be answered by one of two, to see whether practice helped."""

LONGEST = 80
"""Characters of a line that is practised; longer ones are next to never right."""


class Chosen(NamedTuple):
    folder: Path
    """Of the adapter that is proved."""
    trials: tuple[Trial, ...]
    """For the book of lessons: if it did not help, of those only that are in it."""
    told: Practised


def practise(
    asked: Night,
    plan: Plan,
    found: Found,
    gathered: Gathered,
    parent: Parent,
    candidate: Path,
    spare: Sequence[Hole],
    arms: Arms,
    watch: Watch,
    *,
    settings: Reinforcement,
    gateway: httpx.Client | None,
    budget_s: float,
) -> Chosen:
    """`spare` are held-out holes that the proof does not ask. A night that goes on after a kill
    chooses the same, if the time suffices for all rounds."""
    definitions = Definitions(gathered.files).of_file.values()
    known = frozenset(each.name for defined in definitions for each in defined)
    judged = _verdicts(asked, gathered, known, parent, gateway, arms.folder, found.notes)
    served = {group.example.id: group for group in judged.groups if _is_practised(group.example)}
    practice = Practice(
        examples=[
            *(group.example for group in served.values()),
            *(each for each in found.examples if _is_practised(each)),
        ],
        served=served,
        pairs=judged.pairs[-MOST_PAIRS:],
        known=known,
    )
    book = _book(asked, found.notes)
    lessons = Lessons(practice.examples, night=plan.began_at, known=book)
    lines = asked_lines(spare)
    left = max(budget_s - 2 * ANSWER_S * len(lines), budget_s / 2)
    done = _reinforced(
        asked, plan, practice, lessons, candidate, arms, watch, found, settings, left
    )
    kept = done.report.lessons.kept
    told = helped(
        lines,
        arms,
        before=candidate,
        after=done.folder,
        lessons=kept,
    )
    report = done.report
    return Chosen(
        folder=done.folder if told.is_used else candidate,
        trials=tuple(
            trial
            for id, trial in report.lessons.tried.items()
            if told.is_used or id in {lesson.id for lesson in book}
        ),
        told=msgspec.structs.replace(
            told,
            rounds=tuple(
                PractisedRound(each.asked, each.right, each.reward, each.groups)
                for each in report.rounds
            ),
            served=len(served),
            pairs=len(practice.pairs),
            lessons_tried=len(report.lessons.tried),
            lessons_kept=len(kept),
        ),
    )


def _reinforced(
    asked: Night,
    plan: Plan,
    practice: Practice,
    lessons: Lessons,
    candidate: Path,
    arms: Arms,
    watch: Watch,
    found: Found,
    settings: Reinforcement,
    budget_s: float,
) -> Reinforced:
    folder = arms.folder / FOLDER

    def progress(_: Policy, report: Report) -> None:
        newest = report.rounds[-1]
        watch.done(len(report.rounds), settings.rounds, f"{100 * newest.right:.0f} % right")

    def run() -> Reinforced:
        return reinforce(
            practice,
            base=asked.base,
            parent=candidate,
            settings=settings,
            learner_settings=asked.settings,
            lessons=lessons,
            budget_s=budget_s,
            folder=folder,
            seed=plan.seed,
            progress=progress,
        )

    return resumed(run, folder=folder, what="The practice", notes=found.notes)


def _verdicts(
    asked: Night,
    gathered: Gathered,
    known: frozenset[str],
    parent: Parent,
    gateway: httpx.Client | None,
    tonight: Path,
    notes: list[str],
) -> Verdicts:
    """The same for a night that goes on. What goes wrong costs the verdicts, not the night."""
    path = tonight / VERDICTS
    try:
        return msgspec.json.decode(path.read_bytes(), type=Verdicts)
    except (OSError, msgspec.DecodeError):
        pass
    judged = Verdicts((), (), cursor=parent.cursor, events=0, left_out={})
    if gateway is not None:
        form = load_form(asked.base, asked.settings.fim_format)
        releases = frozenset(versions(asked.state / "releases", asked.repository))
        try:
            judged = verdicts(
                events(gateway, repository=asked.repository, after=parent.cursor),
                partial(completions, gateway),
                after=parent.cursor,
                repository=Repository(asked.repository, gathered.files, known, gathered.commit),
                served=Served(asked.base.name, form.fmt.name, releases),
                tokenise=partial(_tokens, form),
            )
        except UnderstudyError as error:
            notes.append(f"Nothing was practised that people were shown. {error}")
    write_whole(path, msgspec.json.encode(judged))
    return judged


def _tokens(form: Form, completion: Completion) -> Sequence[int]:
    prompt = fim.render(
        fim.Parts(
            prefix=plain(completion.prefix),
            suffix=plain(completion.suffix),
            path=completion.path,
            snippets=completion.snippets,
        ),
        fmt=form.fmt,
        tokenizer=form.tokenizer,
        budget=max(completion.prompt_tokens, 64),
    )
    return fim.middle_ids(prompt, plain(completion.text), fmt=form.fmt, tokenizer=form.tokenizer)


def _book(asked: Night, notes: list[str]) -> Sequence[Lesson]:
    try:
        return read_book(asked.state / "nights" / asked.repository).lessons
    except LessonsDamaged as error:
        notes.append(f"Lessons of earlier nights were not tried again. {error}")
        return ()


def _is_practised(example: Example) -> bool:
    """Lines as people ask for them, that are not too long to be right at times."""
    middle = example.middle.rstrip("\n")
    return (
        example.unit in ("implementation", "experience", "runtime")
        and bool(middle.strip())
        and "\n" not in middle
        and len(middle) <= LONGEST
    )
