"""`POST /v1/scores`: how probable the model finds given texts as the middle of a hole.

vLLM computes the probabilities of a prompt's tokens without its prefix cache and for every token of
the prompt, which took 200 ms for one candidate after 800 tokens. So the model sees a short window:
on 240 lines copied from elsewhere in their packages, 32 tokens told right from wrong as well as
1,000 did (areas under the curve by `total`: 0.68 and 0.64, by `mean` 0.55 and 0.54).
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from understudy_protocol.fim import SMALLEST_BUDGET, Parts, middle_ids, render
from understudy_protocol.scores import Score, ScoreRequest, Scores
from understudy_server.bodies import check_repository, read_body
from understudy_server.gateway import gateway_of
from understudy_server.people import Caller
from understudy_server.problems import json_response

DECODER = msgspec.json.Decoder(ScoreRequest)
CHARACTERS_BEFORE = 100
CHARACTERS_AFTER = 30
"""Of the hole's neighbourhood; about 40 tokens together."""


async def score(request: Request) -> Response:
    """Tell how probable the model finds given texts at the cursor

    Nothing is generated, and nothing is stored. The model sees some lines around the cursor.
    """
    gateway, asked = gateway_of(request), await read_body(request, DECODER)
    caller: Caller = request.state.caller
    check_repository(caller, asked.repository)
    fmt, tokenizer = gateway.format, gateway.tokenizer
    parts = Parts(
        prefix=_plain(asked.prefix[-CHARACTERS_BEFORE:]),
        suffix=_plain(asked.suffix[:CHARACTERS_AFTER]),
        path=asked.path,
        repository=asked.repository.rpartition("-")[0],
    )
    with gateway.admission.admit(caller.name, None):
        prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=SMALLEST_BUDGET)
        middles = [
            middle_ids(prompt, _plain(text), fmt=fmt, tokenizer=tokenizer)
            for text in asked.candidates
        ]
        async with gateway.serving.use(asked.repository) as lease:
            found = await gateway.engines.score(prompt.ids, middles, adapter=lease.adapter)
    scores = tuple(Score(len(each), sum(each) / len(each), sum(each)) for each in found)
    return json_response(Scores(scores, model=gateway.model.name, release=lease.release))


def _plain(text: str) -> str:
    """With the line ends that models are trained on."""
    return text.replace("\r\n", "\n")
