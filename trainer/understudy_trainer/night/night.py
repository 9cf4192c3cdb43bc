"""One night of one repository, from the first line to the last.

    gather → curriculum → learn → proof → gate → publish

A night learns what was committed up to some commits before the newest, and is proved on what those
brought. It begins at the adapter of the release that is served, and learns what is new since that
release's own cut. Whatever the gate says, the night ends well: with a report.

Killed at any moment, the next run goes on where it was: the plan, what came of experience, the
losses of the proof and the learner's checkpoints lie in the folder `tonight`.
"""

import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import msgspec

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.night import LAST_FILE, Outcome
from understudy_protocol.release import DataCut, Proof, ReleaseManifest
from understudy_releases.fingerprint import fingerprint
from understudy_releases.nights import only_night
from understudy_releases.retention import prune
from understudy_trainer.curriculum.curriculum import curriculum
from understudy_trainer.curriculum.gather import gather
from understudy_trainer.curriculum.runtime import Ran
from understudy_trainer.learn.checkpoint import CheckpointError
from understudy_trainer.learn.losses import faster_for
from understudy_trainer.learn.mer import Step, Trained, train
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.replay import Replay, add, write_replay
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.arms import Arms, ask
from understudy_trainer.night.before_after import answers_in_editor, before_and_after, is_line
from understudy_trainer.night.earlier import settle
from understudy_trainer.night.gate import Verdict, judge
from understudy_trainer.night.held_out import as_examples, drawn, hold_out, holes_between
from understudy_trainer.night.material import (
    REPLAY,
    asked_sets,
    clean_holes,
    learned_from_experience,
    learned_from_running,
    practised,
)
from understudy_trainer.night.parent import parent_of
from understudy_trainer.night.plan import TONIGHT, Learned, Plan, same_night
from understudy_trainer.night.proof import Proved, prove, task_set_hash
from understudy_trainer.night.publish import publish_and_promote, seconds_until_served
from understudy_trainer.night.record import NightRecord
from understudy_trainer.night.spending import Spending
from understudy_trainer.night.telling import (
    REPORT,
    Found,
    Night,
    name_of,
    record_of,
    summary_of,
)
from understudy_trainer.night.through_editor import ThroughEditor, workspace_at
from understudy_trainer.night.watch import Watch
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.worlds import World, open_world

HOLE_S = 4.0
"""Of the budget for each hole of a proof of two arms: 150 in ten minutes, about a fifth of it."""
FEWEST, MOST = 30, 200

RUNTIME_SHARE = 0.2
"""Of the budget that the repository's tests may take."""

EDITOR_SHARE = 0.04
"""Of the budget, in which lines are asked through the language server before a promotion, and
about as much after it."""
EDITOR_START_S = 4.0
"""Until the language server can be asked, in a workspace of some hundred files."""

PUBLISH_S = 3.0

LEARN, WORKSPACE = "learn", "workspace"
"""Folders in `tonight`: of the learner, and what the language server is shown."""

KEPT = 3
"""Newest nights that keep what was learned; of older ones only the report stays."""


def night(asked: Night, watch: Watch, *, gateway: httpx.Client | None = None) -> NightRecord:
    """Runs one night. With a gateway, experience is learned from and what is promoted is seen to
    be served.

    Raises UnderstudyError if there can be no night: no repository, an unknown base model, a night
    that runs already, a full disk. Nothing is lost then.
    """
    home = asked.state / "nights" / asked.repository
    began_at = int(time.time() * 1000)
    with only_night(home):
        try:
            return _night(asked, home, began_at, watch, gateway)
        except OSError as error:
            raise NightError(
                f"The night of {asked.repository} ended early: {error}.",
                f"Free space on the disk of {home} or mend its permissions, then start it again:"
                " it goes on where it was.",
            ) from error
        except UnderstudyError as error:
            _write_last(home, asked, began_at, "failed", str(error))
            raise


class NightError(UnderstudyError, OSError):
    code = "night"


def _night(
    asked: Night, home: Path, began_at: int, watch: Watch, gateway: httpx.Client | None
) -> NightRecord:
    spending, found = Spending(), Found(notes=[])
    world = open_world(asked.path)
    digest = fingerprint(asked.base)
    parent = parent_of(asked, fingerprint=digest, notes=found.notes)
    arms = 2 if parent.version is None else 3
    wanted = round(min(MOST, max(FEWEST, 2 / arms * asked.budget_s / HOLE_S)))

    with spending.on("gather"):
        watch.stage("gather")
        span = hold_out(world, since=parent.since, wanted=wanted, seed=asked.seed)
        if span is None:
            return _nothing_new(asked, home, began_at, found, spending, parent.since)
        plan = same_night(
            home,
            Plan(
                asked.repository,
                began_at,
                digest,
                parent.version,
                parent.since,
                span,
                asked.seed,
                wanted,
                _numbers(asked),
            ),
        )
        span = plan.span
        gathered = found.gathered = gather(asked.path, commit=span.learn_until, since=parent.since)
        newer = gather(asked.path, commit=span.until, since=span.learn_until)
        left_out = Counter(gathered.files_left_out) + Counter(gathered.history_left_out)
        clean = clean_holes(holes_between(world, span, seed=plan.seed), newer)
        holes = drawn(clean, wanted=wanted, seed=plan.seed)

    with spending.on("curriculum"):
        watch.stage("curriculum")
        learned = learned_from_experience(
            home, gateway, gathered, repository=asked.repository, after=parent.cursor
        )
        if learned.note:
            found.notes.append(learned.note)
        found.left_out = dict(left_out + Counter(learned.left_out))
        ran = Ran()
        if asked.runtime:
            seconds = RUNTIME_SHARE * asked.budget_s
            ran = learned_from_running(home, gathered, seed=plan.seed, seconds=seconds)
            found.notes += [ran.note] if ran.note else []
        found.examples = curriculum(
            gathered,
            seed=plan.seed,
            shares=asked.shares,
            experience=learned.examples,
            runtime=ran.examples,
        )
        if not found.examples:
            return _nothing_new(asked, home, began_at, found, spending, parent.since)

    sets = asked_sets(home, holes, gathered, wanted=wanted, notes=found.notes)
    found.task_set = task_set_hash(sets)
    tonight = home / TONIGHT
    common = Arms(asked.base, asked.settings.repository, tonight, found.task_set, plan.numbers)
    with spending.on("proof of the base"):
        watch.stage("proof of the base")
        began = time.monotonic()
        of_base = ask(common, "base", None, sets, watch)
        one_arm = time.monotonic() - began
        of_parent = of_base
        if parent.adapter is not None:
            of_parent = ask(common, "parent", parent.adapter, sets, watch)

    with spending.on("learn"):
        watch.stage("learn")
        kept = practised(home, found.notes)
        later = 2 * (EDITOR_SHARE * asked.budget_s + EDITOR_START_S) if gateway else 0.0
        left = asked.budget_s - spending.elapsed - 1.5 * one_arm - later - PUBLISH_S
        trained = found.trained = _train(
            asked, plan, found, kept, parent.adapter, max(left, 0.3 * asked.budget_s), watch
        )

    with spending.on("proof"):
        watch.stage("proof")
        of_candidate = ask(common, "candidate", trained.folder, sets, watch)
        proved = found.proved = prove(sets, base=of_base, parent=of_parent, candidate=of_candidate)
        verdict = judge(proved)

    with spending.on("answers"):
        watch.stage("answers")
        asks = as_examples(holes, commit=span.learn_until, files=gathered.files, snippets=True)
        told = before_and_after(holes, asks, common, before=parent.adapter, after=trained.folder)
        found.samples, found.asked = told.samples, told.asked
        found.exact_before, found.exact_after = told.exact_before, told.exact_after

    if verdict.promoted and not asked.dry:
        lines = [hole for hole in holes if is_line(hole)]
        with spending.on("asked before"):
            editor = _editor(gateway, asked, world, plan, lines)
            were: Mapping[str, str] = editor.ask() if editor else {}
        with spending.on("publish"):
            watch.stage("publish")
            # First, and the same done twice: a release that is served is one that is remembered.
            write_replay(home / REPLAY, add(kept, found.examples))
            settle(home, list(sets["new code, with snippets"]))
            manifest = _manifest(asked, plan, proved, found, learned, digest)
            found.release = publish_and_promote(
                asked.state / "releases",
                trained.folder,
                manifest=manifest,
                scratch=tonight,
                reason=f"By the night's gate. {verdict.reason}",
            )
            promoted_at = time.monotonic()
            prune(asked.state / "releases", asked.repository)
            served = _see_it_served(gateway, asked, found, promoted_at)
        if editor and served:
            with spending.on("asked after"):
                watch.stage("answers")
                found.in_editor, found.samples = answers_in_editor(
                    lines, were, editor.ask(), beside=found.samples
                )
    return _end(asked, home, began_at, plan, found, spending, verdict)


def _numbers(asked: Night) -> str:
    chosen = asked.settings.numbers
    return faster_for(asked.base) if chosen == "auto" else chosen


def _train(
    asked: Night,
    plan: Plan,
    found: Found,
    replay: Replay,
    parent: Path | None,
    budget_s: float,
    watch: Watch,
) -> Trained:
    folder = asked.state / "nights" / asked.repository / TONIGHT / LEARN

    def progress(step: Step) -> None:
        loss = "" if step.loss is None else f"loss {step.loss:.2f}"
        watch.done(step.number, step.total, loss)

    def run() -> Trained:
        return train(
            found.examples,
            base=asked.base,
            parent=parent,
            replay=replay,
            settings=asked.settings,
            budget_s=budget_s,
            folder=folder,
            seed=plan.seed,
            progress=progress,
        )

    try:
        return run()
    except CheckpointError as error:
        found.notes.append(f"The learning began anew. {error.problem}")
        shutil.rmtree(folder, ignore_errors=True)
        return run()


def _manifest(
    asked: Night, plan: Plan, proved: Proved, found: Found, learned: Learned, digest: str
) -> ReleaseManifest:
    return ReleaseManifest(
        repository=asked.repository,
        # Of the plan, so that a night that goes on after a kill publishes the same.
        created_at=plan.began_at,
        base_model=asked.base.name,
        base_fingerprint=digest,
        fim_format=load_form(asked.base, asked.settings.fim_format).fmt.name,
        data_cut=DataCut(commit=plan.span.learn_until, cursor=learned.cursor),
        files={},
        parent=plan.parent,
        proof=Proof(
            holes=proved.overall.holes,
            task_set=found.task_set,
            gain=proved.overall.gain,
            gain_low=proved.overall.low,
            gain_high=proved.overall.high,
            forgetting=proved.forgetting,
        ),
    )


def _editor(
    gateway: httpx.Client | None, asked: Night, world: World, plan: Plan, lines: Sequence[Hole]
) -> ThroughEditor | None:
    scratch = asked.state / "nights" / asked.repository / TONIGHT / WORKSPACE
    shutil.rmtree(scratch, ignore_errors=True)
    if gateway is None:
        return None
    workspace = workspace_at(world, plan.span.learn_until, asked.repository, scratch)
    if workspace is None:
        return None
    return ThroughEditor(gateway, workspace, lines, seconds=EDITOR_SHARE * asked.budget_s)


def _see_it_served(gateway: httpx.Client | None, asked: Night, found: Found, began: float) -> bool:
    assert found.release is not None
    if gateway is None:
        found.notes.append("No gateway runs; the release is served from its next start.")
        return False
    seconds = seconds_until_served(gateway, asked.repository, found.release, began=began)
    found.notes.append(
        "The gateway has not taken up the release; `understudy releases list` says why."
        if seconds is None
        else f"The running gateway answered with the release {seconds:.1f} s after it was promoted."
    )
    return seconds is not None


def _nothing_new(
    asked: Night,
    home: Path,
    began_at: int,
    found: Found,
    spending: Spending,
    since: str | None,
) -> NightRecord:
    reason = (
        "There is nothing to learn from."
        if since is None
        else f"Nothing that can be learned and proved was committed since {since[:12]}."
    )
    return _end(asked, home, began_at, None, found, spending, Verdict(False, reason))


def _end(
    asked: Night,
    home: Path,
    began_at: int,
    plan: Plan | None,
    found: Found,
    spending: Spending,
    verdict: Verdict,
) -> NightRecord:
    """Writes what is left of the night, and clears up."""
    outcome: Outcome = "not promoted" if found.proved else "nothing new"
    if found.release:
        outcome = "promoted"
    reason = verdict.reason
    if asked.dry and verdict.promoted:
        reason += " Nothing was published, as was asked."
    summary = summary_of(asked, began_at, outcome, reason, found, plan)
    record = record_of(asked, plan, found, spending, summary)
    tonight = home / TONIGHT
    if plan is None:
        # Else the next night would go on with this one's plan, whatever was committed since.
        shutil.rmtree(tonight, ignore_errors=True)
    else:
        shutil.rmtree(home / name_of(began_at), ignore_errors=True)
        write_whole(tonight / REPORT, msgspec.json.encode(record))
        shutil.rmtree(tonight / WORKSPACE, ignore_errors=True)
        tonight.rename(home / name_of(began_at))
        for older in sorted(home.glob(f"*/{REPORT}"))[:-KEPT]:
            shutil.rmtree(older.parent / LEARN, ignore_errors=True)
    write_whole(home / LAST_FILE, msgspec.json.encode(summary))
    return record


def _write_last(home: Path, asked: Night, began_at: int, outcome: Outcome, reason: str) -> None:
    summary = summary_of(asked, began_at, outcome, reason, Found(notes=[]), None)
    write_whole(home / LAST_FILE, msgspec.json.encode(summary))
