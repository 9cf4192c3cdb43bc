"""`POST /v1/scores`: how probable the model finds given texts as the middle of a hole.

What releases are compared by: the probability of what was really written, after the same prompt
that a completion would get. vLLM computes it without its prefix cache.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from understudy_protocol.fim import Parts, middle_ids, render
from understudy_protocol.languages import language_of
from understudy_protocol.lesson_prompt import lessons_for, with_lessons
from understudy_protocol.scores import Score, ScoreRequest, Scores
from understudy_server.bodies import check_repository, read_body
from understudy_server.gateway import gateway_of
from understudy_server.people import Caller
from understudy_server.problems import json_response

DECODER = msgspec.json.Decoder(ScoreRequest)


async def score(request: Request) -> Response:
    """Tell how probable the model finds given texts at the cursor

    Nothing is generated, and nothing is stored.
    """
    gateway, asked = gateway_of(request), await read_body(request, DECODER)
    caller: Caller = request.state.caller
    check_repository(caller, asked.repository)
    fmt, tokenizer = gateway.format, gateway.tokenizer
    parts = Parts(
        prefix=_plain(asked.prefix),
        suffix=_plain(asked.suffix),
        path=asked.path,
        repository=asked.repository.rpartition("-")[0],
        snippets=asked.snippets,
    )
    budget, language = gateway.config.prompt_tokens, language_of(asked.path) or ""
    with gateway.admission.admit(caller.name, None):
        async with gateway.serving.use(asked.repository) as lease:
            told = lessons_for(parts, lease.learned.lessons, language=language, budget=budget)
            parts = with_lessons(parts, told)
            prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=budget)
            middles = [
                middle_ids(prompt, _plain(text), fmt=fmt, tokenizer=tokenizer)
                for text in asked.candidates
            ]
            found = await gateway.engines.score(prompt.ids, middles, adapter=lease.adapter)
    scores = tuple(Score(len(each), sum(each) / len(each), sum(each)) for each in found)
    return json_response(Scores(scores, model=gateway.model.name, release=lease.release))


def _plain(text: str) -> str:
    """With the line ends that models are trained on."""
    return text.replace("\r\n", "\n")
