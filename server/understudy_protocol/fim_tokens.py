"""Text of the user as token ids: what `fim.render` needs of a tokenizer, and how it is kept plain.

Many tokenizers match their control tokens in any text, and some mark them as ordinary added tokens
(Qwen2.5-Coder does), so that no switch of theirs turns this off. Here text is encoded, the ids are
looked at, and text that gave a control token is encoded again in pieces that cannot.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from understudy_protocol.errors import FormatError
from understudy_protocol.fim_formats import FimFormat


class Tokenizer(Protocol):
    """A tokenizer of a model that is prompted with FIM formats."""

    @property
    def control_tokens(self) -> Mapping[str, int]:
        """Id by string of every added token of this vocabulary that `is_control`."""
        ...

    def token_id(self, token: str) -> int | None:
        """Id of an entry of the vocabulary, None if there is none."""
        ...

    def encode(self, text: str) -> Sequence[int]:
        """Ids of exactly this text: nothing is put before or after it, no leading space either."""
        ...


def is_control(token: str, *, special: bool) -> bool:
    """Whether an added token steers the model; `special` is what the tokenizer calls it.

    Gemma adds HTML tags and runs of blanks to its vocabulary as well, and DeepSeek letters: those
    are text, and text is encoded with them.
    """
    if special:
        return len(token) > 1
    return (
        len(token) > 2
        and (token[0], token[-1]) in {("<", ">"), ("[", "]"), ("▁", ">")}
        and token.strip("</>") not in HTML_TAGS.split()
    )


HTML_TAGS = (
    "b blockquote caption code em h1 h2 h3 h4 h5 h6 i s strong sub sup table tbody td tfoot th"
    " thead tr u"
)


def verify(fmt: FimFormat, tokenizer: Tokenizer) -> None:
    """Raises FormatError unless each control token of the format is one of the vocabulary."""
    missing = sorted(t for t in fmt.control_tokens() if tokenizer.token_id(t) is None)
    if missing:
        raise FormatError(
            f"The FIM format {fmt.name!r} needs the tokens {', '.join(missing)},"
            " and the model's tokenizer does not have them.",
            "Choose the format that the model was trained with (`--fim-format NAME`),"
            " or serve a base model that was trained to fill in the middle.",
        )
    if tokenizer.encode(""):
        raise FormatError(
            "The model's tokenizer adds tokens of its own to every text.",
            "Please report this as a fault of Understudy, with the model's name.",
        )


def stop_ids(fmt: FimFormat, tokenizer: Tokenizer) -> tuple[int, ...]:
    """The token ids that end the middle. Raises FormatError if the format does not fit."""
    verify(fmt, tokenizer)
    return tuple(require_id(token, tokenizer) for token in fmt.stops)


def require_id(token: str, tokenizer: Tokenizer) -> int:
    """Id of a control token. Raises FormatError if the vocabulary does not have it."""
    found = tokenizer.token_id(token)
    if found is None:
        raise FormatError(
            f"The model's tokenizer has no token {token}.",
            "Choose the format that the model was trained with: `--fim-format NAME`.",
        )
    return found


def control_ids(fmt: FimFormat, tokenizer: Tokenizer) -> frozenset[int]:
    """The ids that text must never become."""
    own = (tokenizer.token_id(token) for token in fmt.control_tokens())
    return frozenset((*tokenizer.control_tokens.values(), *(i for i in own if i is not None)))


def encode_plain(text: str, *, tokenizer: Tokenizer, forbidden: frozenset[int]) -> Sequence[int]:
    """Ids of `text`, none of them in `forbidden`; decoded they give the whole text."""
    ids = tokenizer.encode(text)
    if forbidden.isdisjoint(ids) or len(text) < 2:
        return ids
    names = sorted(tokenizer.control_tokens, key=len, reverse=True)
    found = re.finditer("|".join(map(re.escape, names)), text) if names else ()
    # One character into the token: neither half is the token. Where nothing is found, the tokenizer
    # saw the token only after normalising the text.
    cuts = [match.start() + 1 for match in found] or [len(text) // 2]
    plain: list[int] = []
    for start, end in zip((0, *cuts), (*cuts, len(text)), strict=True):
        plain += encode_plain(text[start:end], tokenizer=tokenizer, forbidden=forbidden)
    return plain
