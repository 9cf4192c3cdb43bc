"""One night of one repository, from the first line to the last.

    gather → curriculum → learn → proof → gate → publish

A night learns what was committed up to some commits before the newest, and is proved on what those
brought. It begins at the adapter of the release that is served, and learns what is new since that
release's own cut. Whatever the gate says, the night ends well: with a report.

Killed at any moment, the next run goes on where it was: the plan, what came of experience, the
losses of the proof and the learner's checkpoints lie in the folder `tonight`.
"""

import contextlib
import shutil
import time
from collections import Counter
from functools import partial
from pathlib import Path

import httpx
import msgspec

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.night import LAST_FILE, Outcome
from understudy_releases import promotions
from understudy_releases.fingerprint import fingerprint
from understudy_releases.nights import only_night
from understudy_trainer.curriculum.curriculum import curriculum
from understudy_trainer.curriculum.gather import gather
from understudy_trainer.curriculum.runtime import Ran
from understudy_trainer.learn.losses import faster_for
from understudy_trainer.learn.replay import add, write_replay
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.arms import Arms, ask
from understudy_trainer.night.before_after import before_and_after
from understudy_trainer.night.besides import lessons_help, promote_besides
from understudy_trainer.night.earlier import first_losses, settle
from understudy_trainer.night.gate import Verdict, judge, too_few
from understudy_trainer.night.gateway import as_served
from understudy_trainer.night.held_out import as_examples, drawn, hold_out, holes_between
from understudy_trainer.night.how_far import as_far_as_is_best, put_aside
from understudy_trainer.night.keeping import keep, tell_early
from understudy_trainer.night.learning import learn
from understudy_trainer.night.material import (
    REPLAY,
    WAIT_MS,
    asked_sets,
    clean_holes,
    learned_from_experience,
    learned_from_running,
    practised,
)
from understudy_trainer.night.noted import not_noted, noted
from understudy_trainer.night.parent import parent_of
from understudy_trainer.night.plan import TONIGHT, Plan, same_night
from understudy_trainer.night.practice import SHARE as PRACTICE_SHARE
from understudy_trainer.night.practice import practise
from understudy_trainer.night.promotion import Promotion, promote, seconds_for_it
from understudy_trainer.night.proof import places_of, prove, task_set_hash
from understudy_trainer.night.publish import seen_at_first
from understudy_trainer.night.record import NightRecord
from understudy_trainer.night.spending import Spending
from understudy_trainer.night.telling import Found, Night, record_of, summary_of
from understudy_trainer.night.unchanged import note_answered, question, why_in_vain
from understudy_trainer.night.watch import Watch
from understudy_trainer.repoworld.worlds import open_world

HOLE_S = 4.0
"""Of the budget for each hole of a proof of two arms: 150 in ten minutes, about a fifth of it."""
FEWEST, MOST = 30, 200

RUNTIME_SHARE = 0.2
"""Of the budget that the repository's tests may take."""


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
            return _night(as_served(asked, gateway), home, began_at, watch, gateway)
        except OSError as error:
            early = NightError(
                f"The night of {asked.repository} ended early: {error}.",
                f"Free space on the disk of {home} or mend its permissions, then start it again:"
                " it goes on where it was.",
            )
            _write_last(home, asked, began_at, "failed", str(early))
            raise early from error
        except UnderstudyError as error:
            _write_last(home, asked, began_at, "failed", str(error))
            raise
        finally:
            not_noted(home)


class NightError(UnderstudyError, OSError):
    code = "night"


def _night(
    asked: Night, home: Path, began_at: int, watch: Watch, gateway: httpx.Client | None
) -> NightRecord:
    spending, found = Spending(), Found(notes=[])
    watch = noted(watch, home, asked, began_at, spending)
    # Before the parent is chosen: who changes what is served from here on has the last word.
    serving = promotions.history(asked.state / "releases", asked.repository)
    world = open_world(asked.path)
    digest = fingerprint(asked.base)
    parent = parent_of(asked, world, fingerprint=digest, notes=found.notes)
    arms = 3 if parent.served and parent.served.adapter else 2
    wanted = round(min(MOST, max(FEWEST, 2 / arms * asked.budget_s / HOLE_S)))

    with spending.on("gather"):
        watch.stage("gather")
        newest = gather(asked.path, commit="HEAD", since="HEAD")
        span = hold_out(
            world,
            since=parent.since,
            wanted=wanted,
            seed=asked.seed,
            files=newest.files,
            not_before=parent.served and parent.served.since,
            beside=parent.served and parent.served.beside,
        )
        if span is None:
            return _nothing_new(asked, home, began_at, found, spending, parent.since)
        of = question(asked, gateway, span, parent, fingerprint=digest)
        if vain := why_in_vain(asked, of, span, parent, serving):
            return _end(asked, home, began_at, None, found, spending, Verdict(False, vain))
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
                parent.served and parent.served.version,
            ),
            world=world,
            notes=found.notes,
        )
        spending.goes_on(home / TONIGHT)
        serving = seen_at_first(home / TONIGHT, serving)
        span, wanted = plan.span, plan.wanted
        gathered = found.gathered = gather(asked.path, commit=span.learn_until, since=parent.since)
        newer = newest
        if newer.commit != span.until:
            newer = gather(asked.path, commit=span.until, since=span.until)
        left_out = Counter(gathered.files_left_out) + Counter(gathered.history_left_out)
        clean = clean_holes(holes_between(world, span, seed=plan.seed), newer)
        holes = drawn(clean, wanted=wanted, seed=plan.seed)

    # Before anything is learned that could not be promoted.
    if few := too_few(len(holes), len(set(places_of(holes)))):
        return _end(asked, home, began_at, None, found, spending, Verdict(False, few))

    with spending.on("curriculum"):
        watch.stage("curriculum")
        learned = learned_from_experience(
            home,
            gateway,
            gathered,
            repository=asked.repository,
            after=parent.cursor,
            waits_from=min(parent.began_at, plan.began_at - WAIT_MS),
        )
        if learned.note:
            found.notes.append(learned.note)
        found.left_out = dict(left_out + Counter(learned.left_out))
        ran = Ran()
        if asked.runtime:
            seconds = RUNTIME_SHARE * asked.budget_s
            ran = learned_from_running(home, asked.path, gathered, seed=plan.seed, seconds=seconds)
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
        one_arm = spending.once("one arm", time.monotonic() - began)
        of_parent, served = of_base, parent.served and parent.served.adapter
        if served is not None:
            of_parent = ask(common, "parent", served, sets, watch)

    with spending.on("learn"):
        watch.stage("learn")
        kept = practised(home, world, found.notes, until=span.learn_until)
        later = seconds_for_it(asked, has_gateway=gateway is not None)
        later += PRACTICE_SHARE * asked.budget_s if asked.reinforcement else 0.0
        left = asked.budget_s - spending.elapsed - 2 * one_arm - later
        left = max(left, 0.3 * asked.budget_s)
        # A learner that goes on counts what it took before itself.
        left = spending.once(f"learning, of {asked.budget_s:.0f} s", left)
        trained = found.trained = learn(asked, plan, found, kept, parent.adapter, left, watch)
        found.note_skipped(trained.report.position.skipped)

    folder, trials = trained.folder, ()
    if asked.reinforcement:
        with spending.on("practice"):
            watch.stage("practice")
            spare = [hole for hole in clean if hole not in holes]
            chosen = practise(
                asked,
                plan,
                found,
                gathered,
                parent,
                folder,
                spare,
                common,
                watch,
                settings=asked.reinforcement,
                gateway=gateway,
                budget_s=PRACTICE_SHARE * asked.budget_s,
            )
            folder, trials, found.practised = chosen

    with spending.on("proof"):
        watch.stage("proof")
        first: list[float] = []
        if served is not None:
            earlier, losses = sets["earlier holes"], of_parent["earlier holes"]
            first = first_losses(home, earlier, losses, of=f"{digest} {plan.numbers}")
        aside = put_aside(clean, holes, seed=plan.seed)
        folder, of_candidate = as_far_as_is_best(
            common,
            folder,
            sets,
            as_examples(aside, commit=span.learn_until, files=gathered.files, snippets=True),
            began=parent.adapter,
            base=of_base,
            parent=of_parent,
            first=first,
            notes=found.notes,
            watch=watch,
        )
        proved = found.proved = prove(
            sets, base=of_base, parent=of_parent, candidate=of_candidate, first=first
        )
        verdict = judge(proved)

    with spending.on("answers"):
        watch.stage("answers")
        asks = as_examples(holes, commit=span.learn_until, files=gathered.files, snippets=True)
        told = before_and_after(holes, asks, common, before=served, after=folder)
        found.samples, found.asked = told.samples, told.asked
        found.exact_before, found.exact_after = told.exact_before, told.exact_after

    promotion = Promotion(
        asked, plan, proved, learned, digest, world, holes, folder, trials, serving
    )
    if verdict.promoted and not asked.dry:

        def remember() -> None:
            write_replay(home / REPLAY, add(kept, found.examples))
            settle(home, list(sets["new code, with snippets"]))

        def tell() -> None:
            tell_early(home, _record(asked, began_at, plan, found, spending, verdict))

        overtaken = ""
        try:
            overtaken = promote(
                promotion,
                found,
                verdict.reason,
                remember=remember,
                gateway=gateway,
                spending=spending,
                watch=watch,
                tell=tell,
            )
        except OSError as error:
            if found.release is None:
                raise
            # It is served, and no failure takes that back.
            found.notes.append(f"What came after the promotion was not all done: {error}.")
        if overtaken:
            verdict = Verdict(False, overtaken)
    elif not asked.dry:
        said = promote_besides(
            promotion,
            parent,
            found,
            helps=partial(lessons_help, holes, common, served),
            gateway=gateway,
            spending=spending,
            watch=watch,
        )
        verdict = Verdict(False, verdict.reason + said)
        note_answered(home, of, served=found.release)
    return _end(asked, home, began_at, plan, found, spending, verdict)


def _numbers(asked: Night) -> str:
    chosen = asked.settings.numbers
    return faster_for(asked.base) if chosen == "auto" else chosen


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
    record = _record(asked, began_at, plan, found, spending, verdict)
    try:
        if plan is None:
            # Else the next night would go on with this one's plan, whatever was committed since.
            shutil.rmtree(home / TONIGHT, ignore_errors=True)
            write_whole(home / LAST_FILE, msgspec.json.encode(record.summary))
        else:
            keep(home, record)
    except OSError as error:
        if found.release is None:
            raise
        # It is served, and was told of then.
        note = f"What happened after the promotion could not be written down: {error}."
        record = msgspec.structs.replace(record, notes=(*record.notes, note))
    return record


def _record(
    asked: Night,
    began_at: int,
    plan: Plan | None,
    found: Found,
    spending: Spending,
    verdict: Verdict,
) -> NightRecord:
    outcome: Outcome = "not promoted" if found.proved else "nothing new"
    if found.release and verdict.promoted:
        outcome = "promoted"
    reason = verdict.reason
    if asked.dry and verdict.promoted:
        reason += " Nothing was published, as was asked."
    summary = summary_of(asked, began_at, outcome, reason, found, plan)
    return record_of(asked, plan, found, spending, summary)


def _write_last(home: Path, asked: Night, began_at: int, outcome: Outcome, reason: str) -> None:
    """As well as can be: why the night ended is told, whether this can be written or not."""
    summary = summary_of(asked, began_at, outcome, reason, Found(notes=[]), None)
    with contextlib.suppress(OSError):
        write_whole(home / LAST_FILE, msgspec.json.encode(summary))
