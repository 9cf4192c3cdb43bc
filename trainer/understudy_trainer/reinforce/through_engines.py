"""Fresh answers through the gateway's engines: vLLM draws many side by side.

The adapter as it is now is written where the gateway may read it, and answers under a name of its
own. vLLM's numbers are a little other than those of training, so answers are weighted as drawn from
another policy (`policy_gradient`). Where the engines do not answer, because they restart perhaps,
the caller draws them itself, and asks again with the next weights.
"""

from collections.abc import Sequence
from pathlib import Path

import httpx
import msgspec

from understudy_protocol import fim
from understudy_protocol.errors import Problem
from understudy_protocol.rollouts import RolloutRequest, Rollouts
from understudy_trainer.learn.adapter import write_adapter
from understudy_trainer.learn.learner import Learner
from understudy_trainer.learn.rendering import Form
from understudy_trainer.learn.writing import Written, as_written

PROMPTS = 8
"""In a request."""

PATIENCE_S = 60.0
"""Whoever has said nothing for so long is not asked again: a night has a budget."""


class ThroughEngines:
    """`folder` lies in the gateway's state directory, and is the adapter's from now on."""

    def __init__(self, gateway: httpx.Client, folder: Path, *, base: str) -> None:
        self._gateway = gateway
        self._folder = folder
        self._base = base
        self._written: int | None = None
        self._away: int | None = None
        """With which weights they did not answer."""
        self._is_given_up = False
        self.why_not = ""
        """The last reason why they did not answer."""

    def answers(
        self,
        learner: Learner,
        prompts: Sequence[fim.Prompt],
        form: Form,
        *,
        each: int,
        most_tokens: int,
        seed: int,
    ) -> list[list[Written]] | None:
        """As `Policy.rollouts` gives them; None if the engines do not."""
        if not learner.rank:  # all weights are trained, which no engine can be given
            return None
        if self._is_given_up or self._away == learner.changes:
            return None
        if self._written != learner.changes:
            tensors = learner.masters
            write_adapter(self._folder, model=learner.model, base=self._base, tensors=tensors)
            self._written = learner.changes
        found: list[list[Written]] = []
        for start in range(0, len(prompts), PROMPTS):
            some = prompts[start : start + PROMPTS]
            asked = RolloutRequest(
                adapter=str(self._folder.absolute()),
                prompts=tuple(tuple(prompt.ids) for prompt in some),
                each=each,
                max_tokens=most_tokens,
                seed=(seed + start * each) % 2**32,
            )
            drawn = self._drawn(asked)
            if drawn is None:
                self._away = learner.changes
                return None
            found += [
                [
                    as_written(one.tokens, one.logprobs, prompt, form, most_tokens=most_tokens)
                    for one in texts
                ]
                for prompt, texts in zip(some, drawn.answers, strict=True)
            ]
        return found

    def _drawn(self, asked: RolloutRequest) -> Rollouts | None:
        try:
            body = msgspec.json.encode(asked)
            answer = self._gateway.post("/v1/rollouts", content=body, timeout=PATIENCE_S)
            if answer.status_code == 200:
                return msgspec.json.decode(answer.content, type=Rollouts)
            self.why_not = msgspec.json.decode(answer.content, type=Problem).problem
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            self.why_not = str(error) or type(error).__name__
            self._is_given_up = isinstance(error, httpx.TimeoutException)
        return None
