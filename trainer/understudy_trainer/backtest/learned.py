"""Whether a release has learned from what a backtest is about to type with it: then its figures
would say how well it remembers, not what it is worth."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import git

from understudy_protocol.errors import ConfigError, ReleaseError
from understudy_releases.releases import Release, read_release, versions
from understudy_trainer.backtest.arm import Arm
from understudy_trainer.backtest.walk import Step, Work
from understudy_trainer.repoworld.worlds import opened


def check_learned(work: Work, arms: Sequence[Arm]) -> tuple[str, ...]:
    """What nobody can know of these releases, in sentences for the report.

    Raises ConfigError if one of them has learned from a commit that is typed.
    """
    notes: list[str] = []
    with opened(work.root) as repository:
        for arm in arms:
            if arm.release is None:
                continue
            cut = arm.release.manifest.data_cut
            if _is_leak(repository, cut.commit, work.steps):
                raise _leak(repository, arm, work.steps)
            if cut.commit is None or not _holds(repository, cut.commit, "HEAD"):
                until = "" if cut.commit is None else f", until its commit {cut.commit[:12]}"
                notes.append(
                    f"{arm.name} was made from something else than this history{until}, so nobody "
                    "can tell whether it has seen what is typed here."
                )
            if cut.cursor:
                made = _date(arm.release.manifest.created_at // 1000)
                notes.append(
                    f"{arm.name} has learned from what was typed until {made}, too. What was typed "
                    "before that and committed later is in what is typed here."
                )
    return tuple(notes)


def _is_leak(repository: git.Repo, cut: str | None, steps: Iterable[Step]) -> bool:
    """Whether a commit that is typed lies before the cut, or was made before it."""
    if cut is None or not _is_there(repository, cut):
        return False
    first = min(steps, key=lambda step: step.at)
    learned = set(_asked(repository, "rev-list", cut).split())
    if any(step.commit in learned for step in steps):
        return True
    # On a branch that was merged later, older work than the release knows may be typed.
    elsewhere = not _holds(repository, cut, "HEAD") or _holds(repository, cut, first.parent)
    return not elsewhere and _committed_at(repository, cut) > first.at


def _leak(repository: git.Repo, arm: Arm, steps: Sequence[Step]) -> ConfigError:
    release = arm.release
    assert release is not None
    cut = str(release.manifest.data_cut.commit)
    until = _committed_at(repository, cut)
    remedies: list[str] = []
    if any(not _is_leak(repository, cut, [step]) for step in steps if step.at > until):
        remedies.append(f"Type what came later: --since {_moment(until + 1)}.")
    earlier = [
        each.version
        for each in _others(release)
        if not _is_leak(repository, each.manifest.data_cut.commit, steps)
    ]
    if earlier:
        remedies.append(f"Take a release that had not seen it: release:{earlier[-1]}.")
    return ConfigError(
        f"{arm.name} has learned from commits until {cut[:12]} of {_date(until)}, and the backtest "
        f"begins with {steps[0].commit[:12]} of {_date(steps[0].at)}.",
        " ".join(remedies) or "Commit something that it has not seen, or leave it out.",
    )


def _others(release: Release) -> list[Release]:
    """Of the same repository, in the order in which they were made."""
    releases_dir, repository = release.folder.parents[1], release.manifest.repository
    found: list[Release] = []
    for version in versions(releases_dir, repository):
        try:
            found.append(read_release(releases_dir, repository, version))
        except ReleaseError:  # a damaged one is no remedy
            continue
    return sorted(found, key=lambda each: each.manifest.created_at)


def _is_there(repository: git.Repo, commit: str) -> bool:
    return _status(repository, "cat-file", "-e", f"{commit}^{{commit}}") == 0


def _holds(repository: git.Repo, commit: str, later: str) -> bool:
    """Whether `commit` is `later` or lies before it."""
    return _status(repository, "merge-base", "--is-ancestor", commit, later) == 0


def _committed_at(repository: git.Repo, commit: str) -> int:
    return int(_asked(repository, "rev-list", "--timestamp", "--max-count=1", commit).split()[0])


def _asked(repository: git.Repo, *command: str) -> str:
    return str(repository.git.execute(["git", *command]))


def _status(repository: git.Repo, *command: str) -> int:
    status, _, _ = repository.git.execute(
        ["git", *command], with_extended_output=True, with_exceptions=False
    )
    return status


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _date(seconds: int) -> str:
    return _moment(seconds)[:10]
