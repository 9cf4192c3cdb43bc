"""Answers drawn by the gateway's engines, with a gateway that says what it is told to."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from tiny_models import SMALL, example, tiny_model

from understudy_protocol import fim
from understudy_protocol.errors import Problem
from understudy_protocol.rollouts import Rollout, RolloutRequest, Rollouts
from understudy_trainer.learn.learner import Learner, new_learner
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.writing import Written
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.through_engines import PROMPTS, ThroughEngines

AWAY = Problem("engine_unavailable", "The engine is starting.", "Ask again in half a minute.")


class Engines:
    """A policy whose gateway answers `reply`, and what that gateway was asked."""

    def __init__(self, base: Path, folder: Path) -> None:
        self.asked: list[RolloutRequest] = []
        self.adapters: list[bytes] = []
        self.reply: Callable[[RolloutRequest], httpx.Response] = away
        self.form = load_form(base)
        transport = httpx.MockTransport(self._answer)
        self.client = httpx.Client(base_url="http://gateway", transport=transport)
        self.through = ThroughEngines(self.client, folder / "answering", base="digest")

    def policy(self, learner: Learner) -> Policy:
        return Policy(
            learner,
            self.form,
            repository="shop",
            prompt_tokens=160,
            most_tokens=6,
            engines=self.through,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/rollouts"
        self.asked.append(msgspec.json.decode(request.content, type=RolloutRequest))
        weights = Path(self.asked[-1].adapter) / "adapter_model.safetensors"
        self.adapters.append(weights.read_bytes())
        return self.reply(self.asked[-1])


def away(_: RolloutRequest) -> httpx.Response:
    return httpx.Response(503, content=msgspec.json.encode(AWAY))


def saying(*texts: list[int]) -> Callable[[RolloutRequest], httpx.Response]:
    def reply(asked: RolloutRequest) -> httpx.Response:
        answers = tuple(Rollout(tuple(text), tuple(-0.5 for _ in text)) for text in texts)
        return httpx.Response(
            200, content=msgspec.json.encode(Rollouts((answers,) * len(asked.prompts)))
        )

    return reply


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def engines(base: Path, tmp_path: Path) -> Iterator[Engines]:
    made = Engines(base, tmp_path)
    with made.client:
        yield made


def learning(base: Path) -> Learner:
    return new_learner(base, SMALL, parent=None, digest="digest", seed=0)


def prompts(policy: Policy, count: int) -> list[fim.Prompt]:
    return [policy.prompt(example(number)) for number in range(count)]


def test_what_the_engines_draw_ends_where_a_line_ends(base: Path, engines: Engines) -> None:
    policy = engines.policy(learning(base))
    line = list(engines.form.tokenizer.encode("price"))
    more = list(engines.form.tokenizer.encode("\n    return"))
    engines.reply = saying([*line, *more], line)
    asked = prompts(policy, PROMPTS + 1)
    found = policy.rollouts(asked, each=2, seed=3)
    assert [len(texts) for texts in found] == [2] * (PROMPTS + 1)
    long, short = found[0]
    assert (long.text, short.text) == ("price", "price")
    assert long.tokens[: len(line)] == line
    assert len(long.tokens) <= len(line) + len(more)
    assert long.logprobs == [-0.5] * len(long.tokens)
    first, second = engines.asked
    assert first.prompts == tuple(tuple(each.ids) for each in asked[:PROMPTS])
    assert (first.seed, second.seed) == (3, 3 + 2 * PROMPTS)
    assert (first.each, first.max_tokens) == (2, 6)


def test_the_newest_weights_answer(base: Path, engines: Engines) -> None:
    learner = learning(base)
    policy = engines.policy(learner)
    engines.reply = saying([5])
    for _ in range(2):
        policy.rollouts(prompts(policy, 1), each=1, seed=0)
    for master in learner.masters.values():
        master.add_(0.5)
    learner.reptile(1.0)
    policy.rollouts(prompts(policy, 1), each=1, seed=0)
    first, again, changed = engines.adapters
    assert first == again != changed


def test_while_they_are_away_the_trainer_draws_itself(base: Path, engines: Engines) -> None:
    policy = engines.policy(learning(base))
    alone = Policy(
        policy.learner, engines.form, repository="shop", prompt_tokens=160, most_tokens=6
    )

    def drawn(by: Policy) -> list[list[Written]]:
        return by.rollouts(prompts(by, 2), each=3, seed=1)

    assert drawn(policy) == drawn(alone)
    assert engines.through.why_not == AWAY.problem
    drawn(policy)
    assert len(engines.asked) == 1  # nobody waits for them at each answer
    policy.learner.reptile(1.0)
    engines.reply = lambda _: httpx.Response(200, content=b"<html>")
    assert drawn(policy) == drawn(alone)
    policy.learner.reptile(1.0)
    engines.reply = saying([5], [6], [7])
    assert [text.tokens for text in drawn(policy)[0]] == [[5], [6], [7]]


def test_a_gateway_that_hangs_costs_one_wait(base: Path, engines: Engines) -> None:
    def hang(_: RolloutRequest) -> httpx.Response:
        raise httpx.ReadTimeout("timed out")

    policy = engines.policy(learning(base))
    engines.reply = hang
    for _ in range(3):
        assert policy.rollouts(prompts(policy, 1), each=2, seed=0)
        policy.learner.reptile(1.0)
    assert len(engines.asked) == 1


def test_what_trains_all_weights_is_not_asked_of_engines(base: Path, engines: Engines) -> None:
    settings = msgspec.structs.replace(SMALL, mode="full")
    learner = new_learner(base, settings, parent=None, digest="digest", seed=0)
    policy = engines.policy(learner)
    assert policy.rollouts(prompts(policy, 1), each=2, seed=0)
    assert engines.asked == []
