"""The learner of reinforcement: MEL, learning from right and wrong answers to the same hole.

The idea (MEL: "Meta-Experience Learning", arXiv 2602.10224, on top of GRPO). Supervised learning
shows a model what was written. It does not tell it which of its own answers are wrong. So the model
is asked again and again, and its answers are judged:

Ask.       For each of some holes of the repository G = 8 answers are drawn from the model as it is
           now, at temperature 1. What people were shown there, and what became of it, stands beside
           them; up to half of the holes of a round are such, however few of all holes they are.
           Where a gateway runs, its vLLM draws them (`through_engines`).
Judge.     Every answer gets a reward (`reward`): what is right, passes the repository's tests, if
           they may be run (`tested`), or was kept, is worth more than saying nothing; all else is
           worth less.
Compare.   An answer that is better than its group becomes more probable, one that is worse less
           (`groups`, `policy_gradient`). What was shown, refused, and written otherwise is a pair
           besides (`preference`, DPO).
Lessons.   Where a wrong answer left a right one makes a sentence (`lessons`), by a template, or in
           the words of a model that can converse. It is kept if fresh answers are right more often
           with it in the prompt than without.
Internalise. What was right with the sentence in the prompt is learned as an answer without it, so
           that the sentence is no longer needed.

Then the next round, until the holes are through or the time is over.

What is done otherwise than in the paper, and why:

- MEL has the model write down what went wrong, and learns that text. A small base model only
  completes code, and templates write its lessons. To learn their wording would teach it nothing
  that it could use, so what is learned are the answers that they led to: its own, and verified.
  Negative log-likelihood, with `lesson_weight` beside the reinforcement.
- It is learned both with the sentence and without it, in turn: with it alone the answer would come
  only while somebody says so; without it alone a model forgets to go by what it is told.
- One step a round, so the answers are the model's own at that step, but for the ones that people
  saw, whose weight is corrected. The clip then holds back nothing; it is there for the numbers of
  an engine that computes a little otherwise. What people saw is read behind the prompt that it was
  written behind, which is longer than the one that practice asks with; where that prompt cannot be
  made again, it stands in no group.
- No divergence from the parent is added to the loss: that would take a second model. Reptile takes
  the weights back half of the way at the end, as it does in `learn.mer`.
- Holes of one line only. The embedded model's blocks are never right, and would teach nothing.

Killed at any moment, it goes on after its last round, and ends with the same bytes if the time
suffices for all rounds, and for all tests, and if it draws the answers itself.
"""

import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from understudy_protocol.errors import ConfigError
from understudy_releases.fingerprint import fingerprint
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.adapter import WEIGHTS, write_adapter
from understudy_trainer.learn.checkpoint import CHECKPOINT, read_checkpoint, write_checkpoint
from understudy_trainer.learn.learner import new_learner
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.learn.writing import Written
from understudy_trainer.reinforce.groups import Candidate, Compared, Group, Origin, compared
from understudy_trainer.reinforce.objectives import Logprobs, Told, found_by_parent, gradient
from understudy_trainer.reinforce.pairs import Pair
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.practised_lessons import Internalised, Lessons, State, drawn
from understudy_trainer.reinforce.reinforcement import Reinforcement
from understudy_trainer.reinforce.reward import hole_of, reward
from understudy_trainer.reinforce.tested import Ask, Judge, Tested, judge_by
from understudy_trainer.reinforce.through_engines import ThroughEngines

REPORT = "reinforced.json"
RESULT = "adapter"


class Round(msgspec.Struct, frozen=True):
    """What became of one."""

    asked: int
    """Answers."""
    right: float
    """Share of them that is worth more than nothing."""
    reward: float
    """The mean."""
    groups: int
    """That taught something."""
    truncated: float
    """Share of the tokens whose weight was cut off, because they are old."""
    internalised: int
    """Answers that lessons led to."""
    served: int = 0
    """Candidates that people were shown, of the groups that taught something."""


class Report(msgspec.Struct):
    """What was done, and what a killed run goes on from."""

    night: str
    numbers: str
    elapsed: float = 0.0
    rounds: list[Round] = msgspec.field(default_factory=list[Round])
    left_out: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    skipped: int = 0
    """Rounds without a step, because its gradient was no number."""
    lessons: State = msgspec.field(default_factory=State)
    tested: Tested = msgspec.field(default_factory=Tested)
    parents: list[Logprobs] = msgspec.field(default_factory=list[Logprobs])
    """Of each pair: what the parent found preferred and refused, log-probabilities."""


class Reinforced(NamedTuple):
    folder: Path
    """Of the adapter."""
    report: Report


class Practice(NamedTuple):
    """What is practised."""

    examples: Sequence[Example]
    """Of one line each."""
    served: Mapping[str, Group]
    """By the example's id: what people were shown there."""
    pairs: Sequence[Pair]
    known: Container[str]
    """Names that the repository defines."""
    tests: Ask | None = None
    """The repository's, if they may be run."""


def reinforce(
    practice: Practice,
    *,
    base: Path,
    parent: Path | None,
    settings: Reinforcement,
    learner_settings: LearnerSettings,
    lessons: Lessons | None,
    budget_s: float,
    folder: Path,
    seed: int,
    progress: Callable[[Policy, Report], None],
    engines: ThroughEngines | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Reinforced:
    """Goes on from the adapter of the parent, and leaves the result, a report and checkpoints in
    `folder`. Called again with the same, it goes on where it was.

    Raises ConfigError for a base model or a parent that does not fit, and CheckpointError.
    """
    began = clock()
    digest = fingerprint(base)
    night = _night(
        practice, settings, learner_settings, lessons, digest=digest, parent=parent, seed=seed
    )
    if done := _finished(folder, night):
        return done
    kept = read_checkpoint(folder, night=night, kind=Report)
    learner = new_learner(
        base,
        # Its rate and all that was measured are of AdamW.
        msgspec.structs.replace(learner_settings, optimiser="adamw"),
        parent=parent,
        digest=digest,
        seed=seed,
        numbers=kept[0].numbers if kept else None,
    )
    policy = Policy(
        learner,
        load_form(base, learner_settings.fim_format),
        repository=learner_settings.repository,
        prompt_tokens=settings.prompt_tokens,
        most_tokens=settings.most_tokens,
        engines=engines,
    )
    if kept:
        report = kept[0]
        learner.put_back(kept[1], folder)
    else:
        report = Report(night, learner.numbers)
        report.parents = found_by_parent(policy, practice.pairs)
        if lessons is not None:
            lessons.begin(report.lessons)
    before = report.elapsed

    while len(report.rounds) < settings.rounds and practice.examples:
        round_began = clock()
        judge = None
        if practice.tests is not None:
            judge = judge_by(practice.tests, report.tested, known=practice.known, clock=clock)
        report.rounds.append(_round(practice, policy, settings, lessons, judge, report, seed=seed))
        report.elapsed = before + clock() - began
        write_checkpoint(folder, report, learner.state())
        progress(policy, report)
        # The next one would take as long.
        if report.elapsed + (clock() - round_began) > budget_s:
            break

    if settings.reptile_epsilon < 1:
        learner.reptile(settings.reptile_epsilon)
    report.elapsed = before + clock() - began
    result = folder / RESULT
    write_adapter(result, model=learner.model, base=digest, tensors=learner.masters)
    write_whole(folder / REPORT, msgspec.json.encode(report))
    (folder / CHECKPOINT).unlink(missing_ok=True)
    return Reinforced(result, report)


def _round(
    practice: Practice,
    policy: Policy,
    settings: Reinforcement,
    lessons: Lessons | None,
    judge: Judge | None,
    report: Report,
    *,
    seed: int,
) -> Round:
    """Ask, judge, compare, make lessons, take one step."""
    dice = random.Random(f"{seed} round {len(report.rounds)}")
    examples = _drawn_holes(practice, settings.holes, dice)
    prompts = [policy.prompt(each) for each in examples]
    answers = policy.rollouts(prompts, each=settings.each, seed=dice.getrandbits(32))
    left_out = Counter(report.left_out)
    groups = [
        _judged(example, texts, practice, policy, judge, left_out)
        for example, texts in zip(examples, answers, strict=True)
    ]
    usable: list[Compared] = []
    for each in compared(groups, left_out):
        if _spread(each.group) >= settings.least_spread:
            usable.append(each)
        else:
            left_out["group: rewards nearly equal"] += 1
    report.left_out = dict(sorted(left_out.items()))
    led_to: Sequence[Internalised] = ()
    if lessons is not None and settings.lesson_weight:
        lessons.hear(report.lessons, groups, policy, seed=dice.getrandbits(32))
        led_to = drawn(report.lessons, settings.holes, dice)
    pairs = _drawn_pairs(practice.pairs, report.parents, settings.holes, dice)
    told = gradient(
        policy,
        usable,
        pairs,
        led_to,
        preference_weight=settings.preference_weight,
        lesson_weight=settings.lesson_weight,
        row_tokens=settings.row_tokens,
    )
    if not policy.learner.update(settings.learning_rate):
        report.skipped += 1
    return _told(groups, usable, told, led_to)


def _drawn_holes(practice: Practice, most: int, dice: random.Random) -> list[Example]:
    """Half of them where people were shown something, or as many as there are: drawn from all holes
    alike, some dozens among thousands would hardly ever come."""
    holes = {each.id: each for each in practice.examples}
    served = [each for id, each in holes.items() if id in practice.served]
    others = [each for id, each in holes.items() if id not in practice.served]
    of_served = min(len(served), max(most // 2, most - len(others)))
    of_others = min(len(others), most - of_served)
    return [*dice.sample(served, of_served), *dice.sample(others, of_others)]


def _judged(
    example: Example,
    texts: Sequence[Written],
    practice: Practice,
    policy: Policy,
    judge: Judge | None,
    left_out: Counter[str],
) -> Group:
    hole = hole_of(example, world="")
    fresh = [
        Candidate(
            text=each.text,
            tokens=tuple(each.tokens),
            logprobs=tuple(each.logprobs),
            reward=reward(
                hole,
                each.text,
                known=practice.known,
                tests=judge(hole, each.text) if judge else None,
            ),
            origin=Origin.ROLLOUT,
            release=None,
        )
        for each in texts
    ]
    served = practice.served.get(example.id)
    shown = served.candidates if served else ()
    return Group(
        example, (*fresh, *(_as_asked_now(each, example, policy, left_out) for each in shown))
    )


def _as_asked_now(
    candidate: Candidate, example: Example, policy: Policy, left_out: Counter[str]
) -> Candidate:
    """Without its log-probabilities, if the prompt that it was served behind cannot be made again:
    they say nothing about another one."""
    prompt = policy.prompt_as_served(example, candidate.prompt_tokens)
    if not candidate.logprobs or len(prompt.ids) == candidate.prompt_tokens:
        return candidate
    left_out["log-probabilities: the prompt is another"] += 1
    return msgspec.structs.replace(candidate, logprobs=())


def _spread(group: Group) -> float:
    rewards = [each.reward for each in group.candidates]
    return max(rewards) - min(rewards)


def _drawn_pairs(
    pairs: Sequence[Pair],
    parents: Sequence[Logprobs],
    most: int,
    dice: random.Random,
) -> list[tuple[Pair, Logprobs]]:
    together = list(zip(pairs, parents, strict=True))
    return dice.sample(together, min(most, len(together)))


def _told(
    groups: Sequence[Group],
    usable: Sequence[Compared],
    told: Told,
    led_to: Sequence[Internalised],
) -> Round:
    rewards = [
        each.reward
        for group in groups
        for each in group.candidates
        if each.origin is Origin.ROLLOUT
    ]
    asked = max(len(rewards), 1)
    return Round(
        asked=len(rewards),
        right=sum(each > 0 for each in rewards) / asked,
        reward=sum(rewards) / asked,
        groups=len(usable),
        truncated=told.truncated,
        internalised=len(led_to),
        served=sum(
            each.origin is Origin.SERVED for group in usable for each in group.group.candidates
        ),
    )


def _night(
    practice: Practice,
    settings: Reinforcement,
    learner_settings: LearnerSettings,
    lessons: Lessons | None,
    *,
    digest: str,
    parent: Path | None,
    seed: int,
) -> str:
    """Tells one run from another: everything that its result hangs on."""
    told = hashlib.sha256(f"{digest} {seed} {practice.tests is not None}".encode())
    if parent is not None:
        # Its bytes: a night that learns anew puts another adapter at the same path.
        told.update(_weights(parent))
    if lessons is not None:
        known = State()
        lessons.begin(known)
        told.update(msgspec.json.encode(known))
    served = sorted(practice.served.items())
    for each in (settings, learner_settings, served, practice.pairs):
        told.update(msgspec.json.encode(each))
    for example in practice.examples:
        told.update(example.id.encode())
    return told.hexdigest()


def _weights(adapter: Path) -> bytes:
    path = adapter / WEIGHTS
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The weights {path} cannot be read: {error.strerror}.",
            "Name the folder of an adapter that a night wrote, or begin without one.",
        ) from error


def _finished(folder: Path, night: str) -> Reinforced | None:
    try:
        report = msgspec.json.decode((folder / REPORT).read_bytes(), type=Report)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return Reinforced(folder / RESULT, report) if report.night == night else None
