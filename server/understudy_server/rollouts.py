"""`POST /v1/rollouts`: a night that practises has its newest weights answer, through the engines.

Only the owner of the state directory may ask, for the path of an adapter is read.
"""

import asyncio
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from understudy_protocol.errors import NotAllowed, RequestError
from understudy_protocol.rollouts import Rollout, RolloutRequest, Rollouts
from understudy_server.bodies import read_body
from understudy_server.gateway import gateway_of
from understudy_server.problems import json_response

DECODER = msgspec.json.Decoder(RolloutRequest)
AT_ONCE = 2
"""Prompts. People who complete meanwhile wait behind no more than these."""


async def draw(request: Request) -> Response:
    """Draw answers of an adapter that a night is training

    For the owner of the state directory. The engines keep the adapter until another one is asked
    for, or nobody has asked for a minute.
    """
    gateway, asked = gateway_of(request), await read_body(request, DECODER)
    if request.state.caller.name is not None:
        raise NotAllowed(
            "Only the owner of the state directory may ask for an adapter by its path.",
            "Run the night on the gateway's machine, where it finds the local token.",
        )
    folder = _checked(
        asked, nights=gateway.config.state_dir / "nights", context=gateway.model.context
    )
    engines, room = gateway.engines, asyncio.Semaphore(AT_ONCE)

    async def answers(number: int, prompt: tuple[int, ...]) -> tuple[Rollout, ...]:
        async with room:
            drawn = await engines.draw(
                prompt,
                adapter=name,
                n=asked.each,
                max_tokens=asked.max_tokens,
                seed=(asked.seed + number * asked.each) % 2**32,
                stop_token_ids=gateway.stop_ids,
            )
        return tuple(Rollout(each.tokens, each.logprobs) for each in drawn)

    async with gateway.practising.use(folder) as name:
        found = await asyncio.gather(*(answers(*each) for each in enumerate(asked.prompts)))
    return json_response(Rollouts(tuple(found)))


def _checked(asked: RolloutRequest, *, nights: Path, context: int) -> Path:
    folder = Path(asked.adapter)
    if not folder.resolve().is_relative_to(nights.resolve()):
        raise NotAllowed(
            f"{folder} is not below {nights}.",
            "Train with the gateway's own --state-dir.",
        )
    longest = max(map(len, asked.prompts))
    if longest + asked.max_tokens > context:
        raise RequestError(
            f"A prompt of {longest} tokens and an answer of {asked.max_tokens} are more than the"
            f" model's context of {context}.",
            "Ask with shorter prompts.",
        )
    return folder
