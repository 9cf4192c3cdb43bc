"""A completion that was served, as a candidate.

The store has the text of a completion, and the log-probability of every token that the engine
made, but not the tokens. The text is made into tokens again, and the log-probabilities are laid
beside them, if they are as many as there should be: what ended the completion is not in the text, a
token of its own, or the rest of the last one, such as `)⏎`. Of 80 texts that the embedded model
wrote greedily, 77 became the same tokens again, and the other 3 another number of them. Of 80 drawn
by chance 4 became others without their number telling; a night's rollouts must bring their tokens.

Served text was not drawn by chance (temperature 0). Its log-probabilities say how probable the
release found it, and so how far the model has come since; that what is served is always the most
probable text is a bias, and the price of knowing what people did with it.
"""

from collections.abc import Callable, Sequence

import msgspec

from understudy_protocol import fim
from understudy_protocol.completion import Completion, FinishReason
from understudy_trainer.learn.rendering import Form
from understudy_trainer.reinforce.groups import Candidate, Origin

Tokenise = Callable[[Completion], Sequence[int]]
"""A completion's text as the model's tokens: `plain`, and with the blank before the cursor that the
prompt left out (`understudy_protocol.fim.middle_ids`)."""

_BEHIND = {FinishReason.LINE: 1, FinishReason.STOP: 1, FinishReason.LENGTH: 0}
"""How many tokens ended the text without being in it; not known where it was cut or given up."""


class Served(msgspec.Struct, frozen=True):
    """What is there now. None of what another model wrote has tokens for this one."""

    model: str
    fim_format: str
    releases: frozenset[str]
    """Versions on disk. The base model needs none."""


def candidate(
    completion: Completion, *, reward: float, served: Served, tokenise: Tokenise
) -> Candidate:
    """Without log-probabilities, if they cannot be compared with this model's."""
    tokens = tuple(tokenise(completion))
    fit = not why_apart(completion, served)
    return Candidate(
        text=plain(completion.text),
        tokens=tokens,
        logprobs=completion.token_logprobs[: _whole(completion, len(tokens))] if fit else (),
        reward=reward,
        origin=Origin.SERVED,
        release=completion.release,
    )


def tokens_of(form: Form, completion: Completion) -> Sequence[int]:
    """Behind a prompt of what stood directly before: no more hangs on it than whether the blank
    there was left out."""
    prompt = fim.render(
        fim.Parts(plain(completion.prefix), plain(completion.suffix), completion.path),
        fmt=form.fmt,
        tokenizer=form.tokenizer,
        budget=fim.SMALLEST_BUDGET,
    )
    return fim.middle_ids(prompt, plain(completion.text), fmt=form.fmt, tokenizer=form.tokenizer)


def why_apart(completion: Completion, served: Served) -> str:
    """Why its log-probabilities say nothing about this model; "" if they do."""
    if (completion.model, completion.fim_format) != (served.model, served.fim_format):
        return "another model wrote it"
    if completion.release is not None and completion.release not in served.releases:
        # Nobody could compute them again, should there be a doubt.
        return "its release is gone"
    return ""


def plain(text: str) -> str:
    """With the line ends that models are trained on."""
    return text.replace("\r\n", "\n")


def _whole(completion: Completion, tokens: int) -> int:
    """How many of the text's tokens have a log-probability that is theirs."""
    more = len(completion.token_logprobs) - tokens
    if more == _BEHIND.get(completion.finish):
        return tokens
    # The last token held the end of the line, too.
    return max(0, tokens - 1) if completion.finish is FinishReason.LINE and more == 0 else 0
