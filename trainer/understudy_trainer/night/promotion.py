"""A candidate that the gate let through: published, promoted, and seen to be served.

Held-out lines are asked through the language server before and after it, for the report.
"""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.outcome import OutcomeModel
from understudy_protocol.release import DataCut, Proof, ReleaseManifest, ServingHistory
from understudy_releases import promotions
from understudy_releases.retention import prune
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.lessons.lesson_book import (
    Book,
    LessonsDamaged,
    read_book,
    review,
    reviewed,
    write_lessons,
)
from understudy_trainer.lessons.proving import Trial
from understudy_trainer.night.before_after import answers_in_editor, is_line
from understudy_trainer.night.plan import TONIGHT, Learned, Plan
from understudy_trainer.night.proof import Proved
from understudy_trainer.night.publish import publish_and_promote, seconds_until_served
from understudy_trainer.night.seldom_taken import seldom_taken
from understudy_trainer.night.spending import Spending
from understudy_trainer.night.telling import Found, Night
from understudy_trainer.night.through_editor import ThroughEditor, workspace_at
from understudy_trainer.night.watch import Watch
from understudy_trainer.reinforce.outcome import write_outcome
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.worlds import World

EDITOR_SHARE = 0.04
"""Of the budget, in which lines are asked through the language server before a promotion, and
about as much after it."""
EDITOR_START_S = 4.0
"""Until the language server can be asked, in a workspace of some hundred files."""

PUBLISH_S = 3.0

WORKSPACE = "workspace"
"""Folder in `tonight`: what the language server is shown."""

OVERTAKEN = (
    "What is served was changed meanwhile, by hand or by a rollback, and this night was planned"
    " before that; the next begins with what is served now."
)


class Promotion(NamedTuple):
    """What is promoted, and what of."""

    asked: Night
    plan: Plan
    proved: Proved
    learned: Learned
    digest: str
    world: World
    holes: Sequence[Hole]
    adapter: Path
    trials: Sequence[Trial]
    """Of lessons, tonight."""
    since: ServingHistory
    """As it was when the night was planned."""


def seconds_for_it(asked: Night, *, has_gateway: bool) -> float:
    """How long it takes, about."""
    asking = 2 * (EDITOR_SHARE * asked.budget_s + EDITOR_START_S) if has_gateway else 0.0
    return asking + PUBLISH_S


def promote(
    of: Promotion,
    found: Found,
    reason: str,
    *,
    remember: Callable[[], None],
    gateway: httpx.Client | None,
    spending: Spending,
    watch: Watch,
    tell: Callable[[], None],
) -> str:
    """`remember` writes what later nights have to know of this one, `tell` the report so far. Why
    it was not promoted after all; "" if it was. Raises ReleaseError, also if the disk is full."""
    asked, plan = of.asked, of.plan
    releases_dir = asked.state / "releases"
    home = _home(asked)
    lines = [hole for hole in of.holes if is_line(hole)]
    with spending.on("asked before"):
        editor = _editor(gateway, asked, of.world, plan, lines)
        were: Mapping[str, str] = editor.ask() if editor else {}
    with spending.on("publish"):
        watch.stage("publish")
        if promotions.history(releases_dir, asked.repository) != of.since:
            return OVERTAKEN
        # First, and the same done twice: a release that is served is one that is remembered.
        remember()
        hiding = seldom_taken(asked, home / TONIGHT, gateway)
        found.notes += [hiding.note] if hiding.note else []
        book = book_after(of, found.notes)
        found.release = publish_and_promote(
            releases_dir,
            of.adapter,
            besides=partial(_write_besides, book, hiding.model),
            manifest=_manifest(of, found.task_set),
            scratch=home / TONIGHT,
            since=of.since,
            reason=f"By the night's gate. {reason}",
        )
        promoted_at = time.monotonic()
        if found.release is None:
            return OVERTAKEN
        all_the_same(tell, found.notes)
        if book is not None:
            all_the_same(partial(review, home, of.trials), found.notes)
        all_the_same(partial(prune, releases_dir, asked.repository), found.notes)
        served = see_it_served(gateway, asked, found, promoted_at)
    if editor and served:
        with spending.on("asked after"):
            watch.stage("answers")
            found.in_editor, found.samples = answers_in_editor(
                lines, were, editor.ask(), beside=found.samples
            )
    return ""


def all_the_same(do: Callable[[], object], notes: list[str]) -> None:
    """The release is served by now: what fails from here on makes a note, and no failed night."""
    try:
        do()
    except (UnderstudyError, OSError) as error:
        notes.append(f"The release is promoted, but not all that comes after it was done: {error}")


def book_after(of: Promotion, notes: list[str]) -> Book | None:
    """The lessons that the book has after tonight; None if it is damaged. It is written once they
    are served: the lessons of a release that does not come to be would help nobody, and those that
    it leaves out are still in prompts."""
    try:
        return reviewed(read_book(_home(of.asked)), of.trials)
    except LessonsDamaged as error:
        notes.append(f"No lesson goes with the release. {error}")
        return None


def _write_besides(book: Book | None, model: OutcomeModel | None, folder: Path) -> None:
    """All lessons, and which suggestions are not worth showing."""
    if book is not None:
        write_lessons(book, folder)
    if model is not None:
        write_outcome(model, folder)


def _home(asked: Night) -> Path:
    return asked.state / "nights" / asked.repository


def _manifest(of: Promotion, task_set: str) -> ReleaseManifest:
    asked, plan, overall = of.asked, of.plan, of.proved.overall
    return ReleaseManifest(
        repository=asked.repository,
        # Of the plan, so that a night that goes on after a kill publishes the same.
        created_at=plan.began_at,
        base_model=asked.base_name,
        base_fingerprint=of.digest,
        fim_format=load_form(asked.base, asked.settings.fim_format).fmt.name,
        data_cut=DataCut(commit=plan.span.learn_until, cursor=of.learned.cursor),
        files={},
        parent=plan.parent,
        proof=Proof(
            holes=overall.holes,
            task_set=task_set,
            gain=overall.gain,
            gain_low=overall.low,
            gain_high=overall.high,
            forgetting=of.proved.forgetting,
        ),
    )


def _editor(
    gateway: httpx.Client | None, asked: Night, world: World, plan: Plan, lines: Sequence[Hole]
) -> ThroughEditor | None:
    scratch = _home(asked) / TONIGHT / WORKSPACE
    shutil.rmtree(scratch, ignore_errors=True)
    if gateway is None:
        return None
    workspace = workspace_at(world, plan.span.learn_until, asked.repository, scratch)
    if workspace is None:
        return None
    return ThroughEditor(gateway, workspace, lines, seconds=EDITOR_SHARE * asked.budget_s)


def see_it_served(gateway: httpx.Client | None, asked: Night, found: Found, began: float) -> bool:
    assert found.release is not None
    if gateway is None:
        found.notes.append(
            "No gateway was asked, so the release was not seen to be served; one that runs here"
            " takes it up by itself."
        )
        return False
    seconds = seconds_until_served(gateway, asked.repository, found.release, began=began)
    found.notes.append(
        "The gateway has not taken up the release; `understudy releases list` says why."
        if seconds is None
        else f"The running gateway answered with the release {seconds:.1f} s after it was promoted."
    )
    return seconds is not None
