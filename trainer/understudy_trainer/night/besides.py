"""What a night has learned beside an adapter that is not promoted: served with the adapter that is.

Which suggestions are seldom taken is proved on held-out events, which know nothing of tonight's
weights. Lessons were proved with tonight's practised copy, which had learned to read them; so the
adapter that is served is asked with and without them, at lines that no lesson was made or tried on,
before it gets any.

The release has that adapter byte for byte, under a name of its own, or none where the base model
answers. It is promoted, watched, rolled back and removed as any other. After a rollback nothing is
put beside an adapter until a night promotes one: else each night would bring back what was undone.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx
import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_protocol.lesson import LESSONS_FILE, Lesson, decode_lessons, encode_lessons
from understudy_protocol.outcome import OUTCOME_FILE, encode_outcome
from understudy_protocol.release import DataCut, ReleaseManifest, ServingHistory, served
from understudy_releases.releases import Release
from understudy_releases.retention import prune
from understudy_releases.verification import verify
from understudy_trainer.backtest.wording import counted
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.lessons.lesson_book import home_of, review
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.helped import asked_lines, helped
from understudy_trainer.night.parent import Parent
from understudy_trainer.night.plan import TONIGHT
from understudy_trainer.night.promotion import Promotion, all_the_same, book_after, see_it_served
from understudy_trainer.night.publish import publish_and_promote
from understudy_trainer.night.seldom_taken import seldom_taken
from understudy_trainer.night.spending import Spending
from understudy_trainer.night.telling import Found
from understudy_trainer.night.watch import Watch
from understudy_trainer.repoworld.hole import Hole

Helps = Callable[[Sequence[Lesson], Sequence[Lesson]], bool]
"""Whether what is served answers better with the second lessons than with the first."""


def promote_besides(
    of: Promotion,
    parent: Parent,
    found: Found,
    *,
    helps: Helps,
    gateway: httpx.Client | None,
    spending: Spending,
    watch: Watch,
) -> str:
    """What is served now beside the adapter that was, as the end of the night's reason; "" if there
    is nothing new. Raises ReleaseError, also if the disk is full."""
    asked = of.asked
    releases_dir, home = asked.state / "releases", home_of(asked.state, asked.repository)
    with spending.on("publish"):
        watch.stage("publish")
        if not _may_be_put_beside(parent, of.since):
            return ""
        before = None
        if parent.served is not None:
            before = verify(releases_dir, asked.repository, parent.served.version, model=None)
        kept = _beside_adapter(before)
        new: dict[str, bytes] = {}
        told: list[str] = []
        hiding = seldom_taken(asked, home / TONIGHT, gateway)
        if hiding.model and (model := encode_outcome(hiding.model)) != kept.get(OUTCOME_FILE):
            new[OUTCOME_FILE] = model
            told.append("the model of which suggestions to hide")
        known = _lessons_in(kept)
        if lessons := _better_lessons(of, found, known, helps):
            new[LESSONS_FILE] = encode_lessons(lessons)
            told.append(counted(len(lessons), "lesson", "lessons"))
        if not new:
            return ""
        what = " and ".join(told)
        found.release = publish_and_promote(
            releases_dir,
            before and before.adapter,
            besides=partial(_write, {**kept, **new}),
            manifest=_manifest(of, before),
            scratch=home / TONIGHT,
            since=of.since,
            reason=f"By the night's gate: the adapter stays as it was, {what} goes with it.",
        )
        promoted_at = time.monotonic()
        if found.release is None:
            return ""
        found.notes += [hiding.note] if OUTCOME_FILE in new else []
        if lessons:
            all_the_same(partial(review, home, of.trials), found.notes)
        all_the_same(partial(prune, releases_dir, asked.repository), found.notes)
        see_it_served(gateway, asked, found, promoted_at)
    verb = "is" if len(new) == 1 and len(lessons) < 2 else "are"
    return f" The adapter is not promoted; {what} {verb}, beside what was served before."


def lessons_help(
    holes: Sequence[Hole],
    arms: Arms,
    adapter: Path | None,
    before: Sequence[Lesson],
    after: Sequence[Lesson],
) -> bool:
    """By `helped`, at the proof's lines: what practised has seen none of them."""
    lines = asked_lines(holes)
    told = helped(lines, arms, before=adapter, after=adapter, lessons_before=before, lessons=after)
    return told.is_used


def _may_be_put_beside(parent: Parent, since: ServingHistory) -> bool:
    if since.promotions and since.promotions[-1].rollback:
        return False
    # A release that is damaged, or of another base model, is not what the gateway answers with.
    return served(since) == (parent.served and parent.served.version)


def _better_lessons(
    of: Promotion, found: Found, known: Sequence[Lesson], helps: Helps
) -> Sequence[Lesson]:
    """Those that the release shall have; empty if they stay as they are. That some are gone is no
    reason for a release: the next adapter comes without them."""
    if not of.trials or (book := book_after(of, found.notes)) is None:
        return ()
    ids = {lesson.id for lesson in known}
    if all(lesson.id in ids for lesson in book.lessons) or not helps(known, book.lessons):
        return ()
    return book.lessons


def _beside_adapter(release: Release | None) -> Mapping[str, bytes]:
    """What a release holds besides its adapter: name → content."""
    if release is None:
        return {}
    names = [name for name in release.manifest.files if "/" not in name]
    return {name: (release.folder / name).read_bytes() for name in names}


def _lessons_in(kept: Mapping[str, bytes]) -> Sequence[Lesson]:
    try:
        return decode_lessons(kept[LESSONS_FILE], LESSONS_FILE) if LESSONS_FILE in kept else ()
    except ReleaseError:
        return ()  # nobody serves them either


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _manifest(of: Promotion, before: Release | None) -> ReleaseManifest:
    asked, made = of.asked, of.plan.began_at
    if before is not None:
        # The weights have learned what they had learned, and their proof is theirs.
        return msgspec.structs.replace(
            before.manifest, created_at=made, parent=before.version, files={}
        )
    return ReleaseManifest(
        repository=asked.repository,
        created_at=made,
        base_model=asked.base_name,
        base_fingerprint=of.digest,
        fim_format=load_form(asked.base, asked.settings.fim_format).fmt.name,
        data_cut=DataCut(commit=None, cursor=0),
        files={},
    )
