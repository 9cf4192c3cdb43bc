"""The stage of a night in which a copy of the candidate practises on answers (`reinforce.mel`).

It takes the candidate's place only if that helps (`helped`), with all the lessons in its prompts
that its release would have: those of earlier nights that still help, and tonight's. Else the
candidate stays as it was, none of tonight's lessons is served, and the report says so. What then
goes with a release are lessons that were served before, which an earlier night has asked together;
those that were tried tonight and do not help any more leave all the same.
"""

import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.lesson import Lesson
from understudy_releases.fingerprint import fingerprint
from understudy_releases.releases import versions
from understudy_trainer.curriculum.definitions import Definitions
from understudy_trainer.curriculum.event_log import completions, events
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.gather import Gathered, beside
from understudy_trainer.curriculum.runtime import MOST_BESIDE
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.lessons.gone import gone
from understudy_trainer.lessons.lesson_book import Book, LessonsDamaged, read_book, reviewed
from understudy_trainer.lessons.own_words import chat_of
from understudy_trainer.lessons.proving import Trial
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.helped import asked_lines, judged, too_few, written
from understudy_trainer.night.parent import Parent
from understudy_trainer.night.plan import Plan
from understudy_trainer.night.record import Practised, PractisedRound
from understudy_trainer.night.resumed import resumed
from understudy_trainer.night.taught_to_read import SHARE as READING_SHARE
from understudy_trainer.night.taught_to_read import taught_to_read
from understudy_trainer.night.telling import Found, Night
from understudy_trainer.night.watch import Watch
from understudy_trainer.reinforce.mel import Practice, Reinforced, Report, reinforce
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.practised_lessons import SILENT, Lessons
from understudy_trainer.reinforce.reinforcement import Reinforcement
from understudy_trainer.reinforce.served import Served, tokens_of
from understudy_trainer.reinforce.tested import Ask, Tested, ask_in, judge_by
from understudy_trainer.reinforce.through_engines import ThroughEngines
from understudy_trainer.reinforce.verdicts import Repository, Verdicts, verdicts
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.sandbox import run_in_sandbox

SHARE = 0.25
"""Of the budget."""

FOLDER, VERDICTS, TESTED, ANSWERING = "practice", "verdicts.json", "tested", "answering"

MOST_PAIRS = 48
"""The newest: what the parent finds of each is asked before the first round."""

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
    tests = _tests(asked, gathered, arms.folder)
    shown = _verdicts(asked, gathered, known, parent, gateway, arms.folder, found.notes, tests)
    served = {group.example.id: group for group in shown.groups if _is_practised(group.example)}
    practice = Practice(
        examples=[
            *(group.example for group in served.values()),
            *only_once(filter(_is_practised, found.examples), gathered.files),
        ],
        served=served,
        pairs=shown.pairs[-MOST_PAIRS:],
        known=known,
        tests=tests,
    )
    book = _book(asked, found.notes)
    lost = tuple(gone(book.lessons, gathered.files))
    lessons = Lessons(
        practice.examples,
        night=plan.began_at,
        known=_without(book.lessons, lost),
        forgotten=book.forgotten,
        chat=chat_of(asked.base, load_form(asked.base, asked.settings.fim_format)),
    )
    lines = asked_lines(spare)
    few, began = too_few(lines), time.monotonic()
    before = () if few else written(lines, arms, candidate, ())
    # The answers afterwards take as long.
    left = max(budget_s - 2 * (time.monotonic() - began), budget_s / 2)
    copy, began = candidate, time.monotonic()
    if settings.lesson_weight and budget_s < settings.lessons_from_s:
        found.notes.append(
            f"No lessons were made: practice had {budget_s:.0f} s, and they want"
            f" {settings.lessons_from_s:.0f}. Give the night"
            f" {settings.lessons_from_s / SHARE:.0f} s or more with --budget."
        )
        settings = msgspec.structs.replace(settings, lesson_weight=0.0)
    if settings.lesson_weight:
        copy = taught_to_read(
            asked, candidate, found, arms, watch, budget_s=READING_SHARE * left, seed=plan.seed
        )
        left -= time.monotonic() - began
    engines = None
    if gateway is not None:
        answering = arms.folder / ANSWERING
        engines = ThroughEngines(gateway, answering, base=fingerprint(asked.base))
    done = _reinforced(
        asked, plan, practice, lessons, copy, arms, watch, found, settings, engines, left
    )
    for finished in (TESTED, ANSWERING):
        shutil.rmtree(arms.folder / finished, ignore_errors=True)
    report = done.report
    found.note_skipped(report.skipped)
    if engines is not None and engines.why_not:
        found.notes.append(
            "While practising the gateway did not answer for some prompts, so the night wrote the"
            f" answers itself: {engines.why_not}"
        )
    if report.lessons.silent >= SILENT:
        found.notes.append(
            f"Asked for lessons in its own words, the base model gave none in {SILENT} replies in a"
            " row, and was not asked again: it has a chat template, but does not converse."
        )
    if report.tested.note:
        found.notes.append(f"While practising: {report.tested.note}")
    trials = (*lost, *report.lessons.tried.values())
    told = few or judged(
        lines,
        before=before,
        after=written(lines, arms, done.folder, reviewed(book, trials).lessons),
    )
    known = {lesson.id for lesson in book.lessons}
    return Chosen(
        folder=done.folder if told.is_used else candidate,
        trials=tuple(each for each in trials if told.is_used or each.lesson.id in known),
        told=msgspec.structs.replace(
            told,
            rounds=tuple(
                PractisedRound(each.asked, each.right, each.reward, each.groups, each.served)
                for each in report.rounds
            ),
            served=len(served),
            pairs=len(practice.pairs),
            lessons_tried=sum(each.holes > 0 for each in report.lessons.tried.values()),
            lessons_kept=len(report.lessons.kept),
        ),
    )


def _reinforced(
    asked: Night,
    plan: Plan,
    practice: Practice,
    lessons: Lessons,
    copy: Path,
    arms: Arms,
    watch: Watch,
    found: Found,
    settings: Reinforcement,
    engines: ThroughEngines | None,
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
            parent=copy,
            settings=settings,
            learner_settings=asked.settings,
            lessons=lessons,
            budget_s=budget_s,
            folder=folder,
            seed=plan.seed,
            progress=progress,
            engines=engines,
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
    tests: Ask | None,
) -> Verdicts:
    """The same for a night that goes on. What goes wrong costs the verdicts, not the night."""
    path = tonight / VERDICTS
    try:
        return msgspec.json.decode(path.read_bytes(), type=Verdicts)
    except (OSError, msgspec.DecodeError):
        pass
    shown = Verdicts((), (), cursor=parent.cursor, events=0, left_out={})
    if gateway is not None:
        form = load_form(asked.base, asked.settings.fim_format)
        releases = frozenset(versions(asked.state / "releases", asked.repository))
        try:
            shown = verdicts(
                events(gateway, repository=asked.repository, after=parent.cursor),
                partial(completions, gateway),
                after=parent.cursor,
                repository=Repository(asked.repository, gathered.files, known, gathered.commit),
                served=Served(asked.base_name, form.fmt.name, releases),
                tokenise=partial(tokens_of, form),
                tests=None if tests is None else judge_by(tests, Tested(), known=known),
            )
        except UnderstudyError as error:
            notes.append(f"Nothing was practised that people were shown. {error}")
    write_whole(path, msgspec.json.encode(shown))
    return shown


def _tests(asked: Night, gathered: Gathered, tonight: Path) -> Ask | None:
    """The repository's, if they may be run."""
    if not asked.runtime:
        return None
    others = beside(asked.path, gathered, most=MOST_BESIDE)
    return ask_in(tonight / TESTED, gathered.files, others, sandbox=run_in_sandbox)


def _book(asked: Night, notes: list[str]) -> Book:
    try:
        return read_book(asked.state / "nights" / asked.repository)
    except LessonsDamaged as error:
        notes.append(f"Lessons of earlier nights were not tried again. {error}")
        return Book()


def _without(lessons: Iterable[Lesson], lost: Sequence[Trial]) -> list[Lesson]:
    ids = {each.lesson.id for each in lost}
    return [lesson for lesson in lessons if lesson.id not in ids]


def only_once(examples: Iterable[Example], files: Mapping[str, str]) -> Iterator[Example]:
    """Those whose line stands nowhere else in the repository: of others a copy is as good."""
    lines = Counter(line.strip() for text in files.values() for line in text.split("\n"))
    for each in examples:
        before, after = each.prefix.rpartition("\n")[2], each.suffix.partition("\n")[0]
        if lines[(before + each.middle.rstrip("\n") + after).strip()] <= 1:
            yield each


def _is_practised(example: Example) -> bool:
    """Lines as people ask for them, that are not too long to be right at times."""
    middle = example.middle.rstrip("\n")
    return (
        example.unit in ("implementation", "experience", "runtime")
        and bool(middle.strip())
        and "\n" not in middle
        and len(middle) <= LONGEST
    )
