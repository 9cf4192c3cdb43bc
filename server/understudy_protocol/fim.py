"""The one place where the parts of a hole become a prompt, as token ids under a token budget.

The gateway renders what it asks the model, the trainer renders its examples with the same function,
so that a model is asked in the shape it was trained in. `fim_formats` says what the shape is,
`fim_tokens` keeps text of the user from becoming a control token, `fim_cut` cuts it.

Who gets how much of the budget, when there is not enough for all:

1. The control tokens, the names of repository and file.
2. The text around the hole: half of the rest at least, and all that snippets leave. Of that the
   suffix has 30 % and the prefix the remainder; what one does not need the other takes.
3. Snippets, in the order given, stable ones first, and those take at most 70 % of the room where
   there are others. The last one is cut at the end of a line.

That is 35 : 15 : 35 : 15 for prefix, suffix, stable and other snippets, the shares of Copilot's own
client. While a person types, what stands before the cursor must stay the same, token by token, for
the engine's prefix cache. So a long prefix is cut on a coarse grid, and what one part leaves to
another is counted in steps of a sixteenth of the budget.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from understudy_protocol.comments import comment_leader
from understudy_protocol.completion import Snippet
from understudy_protocol.errors import FormatError
from understudy_protocol.fim_cut import (
    CHARS_PER_TOKEN,
    Encode,
    Kept,
    keep_head,
    keep_lines,
    keep_tail,
)
from understudy_protocol.fim_formats import FimFormat, Layout, Slot, Token
from understudy_protocol.fim_tokens import Tokenizer, control_ids, encode_plain, require_id

SMALLEST_BUDGET = 128
"""Tokens. Below this the frame of a prompt would leave nothing for its text."""

LONGEST_NAME = 160
"""Characters of a path or repository name that are shown to the model; the end of it is kept."""


class Parts(msgspec.Struct, frozen=True):
    """A hole and what is known around it; no text holds a lone surrogate."""

    prefix: str
    """The document up to the cursor. One that is cut before it comes here should be cut at the same
    place for many keystrokes, else no prefix cache can help."""
    suffix: str
    """The document from the cursor on."""
    path: str
    """Relative to the repository's root, with forward slashes."""
    repository: str = ""
    """Its name, without owner."""
    snippets: tuple[Snippet, ...] = ()
    """In the order of their worth."""


class Prompt(msgspec.Struct, frozen=True):
    """Parts as a model reads them."""

    ids: list[int]
    kept: Parts
    """What of the parts is in the prompt, the healed blank included: rendered again under the same
    budget, it gives the same ids."""
    healed: str
    """The blank before the cursor that was left out and should come back with the answer."""


class Example(msgspec.Struct, frozen=True):
    """A prompt with its answer, for training."""

    ids: list[int]
    """Prompt, middle and the token that ends the middle."""
    middle_start: int
    """Index of the first id that is to be learned."""


def render(parts: Parts, *, fmt: FimFormat, tokenizer: Tokenizer, budget: int) -> Prompt:
    """A prompt of at most `budget` tokens. Raises FormatError if the format does not fit."""
    if budget < SMALLEST_BUDGET:
        raise FormatError(
            f"A prompt needs {SMALLEST_BUDGET} tokens at least, and {budget} are left for it.",
            "Ask for fewer tokens of answer, or serve the model with a longer context.",
        )
    frame = _frame(parts, fmt, tokenizer, budget)
    healed = " " if fmt.heals and _ends_in_one_space(parts.prefix) else ""
    visible = parts.prefix.removesuffix(" ") if healed else parts.prefix

    room = budget - frame.size
    wanted = _in_order(parts.snippets)
    snippets = _keep_snippets(wanted, room // 2, frame)
    around = _keep_around(visible, parts.suffix, room - len(snippets.ids), frame)
    more = len(snippets.ids) + around.left
    if more > room // 2 and snippets.kept != wanted:
        snippets = _keep_snippets(wanted, more, frame)

    fill = {
        Slot.OPENING: frame.opening if snippets.kept else frame.opening_alone,
        Slot.SNIPPETS: snippets.ids,
        Slot.FILE: frame.file,
        Slot.PREFIX: around.prefix.ids,
        Slot.SUFFIX: around.suffix.ids,
    }
    ids = list(frame.bos)
    for piece in fmt.template:
        ids += fill[piece] if isinstance(piece, Slot) else [frame.id_of(piece)]
    kept = msgspec.structs.replace(
        parts,
        prefix=visible[len(visible) - around.prefix.chars :] + healed,
        suffix=parts.suffix[: around.suffix.chars],
        snippets=snippets.kept,
    )
    return Prompt(ids=ids, kept=kept, healed=healed)


def render_example(
    parts: Parts, middle: str, *, fmt: FimFormat, tokenizer: Tokenizer, budget: int
) -> Example:
    """The prompt of a hole followed by the text that fills it: at most `budget` tokens together."""
    forbidden = control_ids(fmt, tokenizer)
    end = require_id(fmt.stops[0], tokenizer)
    # Whether the blank is healed does not hang on the budget, so it is known before the prompt.
    healed = " " if fmt.heals and _ends_in_one_space(parts.prefix) else ""
    answer = encode_plain(healed + middle, tokenizer=tokenizer, forbidden=forbidden)
    prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=budget - len(answer) - 1)
    return Example(ids=[*prompt.ids, *answer, end], middle_start=len(prompt.ids))


def middle_ids(
    prompt: Prompt, middle: str, *, fmt: FimFormat, tokenizer: Tokenizer
) -> Sequence[int]:
    """A text that fills the hole, as the model would write it after the prompt."""
    forbidden = control_ids(fmt, tokenizer)
    return encode_plain(prompt.healed + middle, tokenizer=tokenizer, forbidden=forbidden)


def clean(answer: str, prompt: Prompt) -> str:
    """The answer without the blank that the prompt left out.

    Of a stream, the first delta that is not empty is cleaned, and no other. An answer that does not
    begin with the blank comes back as it is.
    """
    return answer.removeprefix(prompt.healed)


class _Frame(NamedTuple):
    """What all of one prompt needs to know, and its ids that hang on no cut."""

    fmt: FimFormat
    encode: Encode
    id_of: Callable[[Token], int]
    names: dict[str, str]
    bos: tuple[int, ...]
    opening: list[int]
    opening_alone: list[int]
    file: list[int]
    size: int
    """Tokens of the prompt that belong to neither a snippet nor the text around the hole."""
    step: int
    """Tokens in which one part's need is counted when another takes the rest."""


class _Around(NamedTuple):
    """What is kept of the text around the hole."""

    prefix: Kept
    suffix: Kept
    left: int
    """Tokens that both do not need, for snippets."""


class _Snippets(NamedTuple):
    ids: list[int]
    kept: tuple[Snippet, ...]


def _frame(parts: Parts, fmt: FimFormat, tokenizer: Tokenizer, budget: int) -> _Frame:
    forbidden = control_ids(fmt, tokenizer)

    def encode(text: str) -> Sequence[int]:
        return encode_plain(text, tokenizer=tokenizer, forbidden=forbidden) if text else ()

    def id_of(token: Token) -> int:
        return require_id(token.text, tokenizer)

    def fill(layout: Layout) -> list[int]:
        ids: list[int] = []
        for piece in layout:
            ids += [id_of(piece)] if isinstance(piece, Token) else encode(piece.format(**names))
        return ids

    step = budget // 16
    names = {
        "repository": _shown(parts.repository, 2 * step, encode),
        "path": _shown(parts.path, 2 * step, encode),
        "comment": comment_leader(parts.path),
    }
    bos = () if fmt.bos is None else (require_id(fmt.bos, tokenizer),)
    opening, opening_alone, file = fill(fmt.opening), fill(fmt.opening_alone), fill(fmt.file)
    controls = sum(isinstance(piece, Token) for piece in fmt.template)
    return _Frame(
        fmt=fmt,
        encode=encode,
        id_of=id_of,
        names=names,
        bos=bos,
        opening=opening,
        opening_alone=opening_alone,
        file=file,
        size=len(bos) + max(len(opening), len(opening_alone)) + len(file) + controls,
        step=step,
    )


def _keep_around(prefix: str, suffix: str, room: int, frame: _Frame) -> _Around:
    """What of prefix and suffix fits into `room` tokens together."""
    lead = frame.fmt.lead.format(**frame.names)
    share = room * 3 // 10
    after = keep_head(suffix, share, encode=frame.encode)
    whole = after.chars == len(suffix)
    rest = room - (len(after.ids) if whole else share)
    before = keep_tail(prefix, rest, encode=frame.encode, lead=lead)
    if before.chars < len(prefix):
        return _Around(before, after, 0)
    # Counted up to the last line end, because the tokens of a line in the making go up and down.
    settled = len(frame.encode(lead + prefix[: prefix.rfind("\n") + 1]))
    left = room - max((-(-settled // frame.step) + 1) * frame.step, len(before.ids))
    if not whole and left > share:
        after = keep_head(suffix, left, encode=frame.encode)
    return _Around(before, after, max(0, left - len(after.ids)) if whole else 0)


def _keep_snippets(snippets: tuple[Snippet, ...], room: int, frame: _Frame) -> _Snippets:
    """Snippets in the order of the prompt, until `room` tokens are full."""
    stable = [snippet for snippet in snippets if snippet.stable]
    other = [snippet for snippet in snippets if not snippet.stable]
    ids: list[int] = []
    kept: list[Snippet] = []
    for group, limit in ((stable, room * 7 // 10 if other else room), (other, room)):
        for snippet in group:
            piece, part = _keep_snippet(snippet, limit - len(ids), frame)
            if part is not None:
                ids += piece
                kept.append(part)
            if part != snippet:
                break
    return _Snippets(ids, tuple(kept))


def _keep_snippet(snippet: Snippet, room: int, frame: _Frame) -> tuple[list[int], Snippet | None]:
    """A snippet's ids, and as much of it as they hold: None if not even one line fits."""
    controls = sum(isinstance(piece, Token) for piece in frame.fmt.snippet)
    room -= controls
    if room < 1:
        return [], None
    body = snippet.text.removesuffix("\n")
    if len(body) > room * CHARS_PER_TOKEN:
        body = body[: body.rfind("\n", 0, room * CHARS_PER_TOKEN) + 1].removesuffix("\n")
    names = {**frame.names, "path": _shown(snippet.path, 2 * frame.step, frame.encode)}
    text = _as_comments(body, names["comment"]) if frame.fmt.snippets_are_comments else body
    ids: list[int] = []
    chars = 0
    for piece in frame.fmt.snippet:
        if isinstance(piece, Token):
            ids.append(frame.id_of(piece))
            continue
        lead, trail = (half.format(**names) for half in piece.split("{text}"))
        kept = keep_lines(text, room, encode=frame.encode, lead=lead, trail=trail)
        if not kept.chars:
            return [], None
        ids += kept.ids
        chars = kept.chars
    if chars == len(text) and body == snippet.text.removesuffix("\n"):
        return ids, snippet
    lines = body.split("\n")[: text.count("\n", 0, chars) + 1]
    part = msgspec.structs.replace(snippet, text="\n".join((*lines, "")))
    return (ids, part) if part.text.strip() else ([], None)


def _in_order(snippets: tuple[Snippet, ...]) -> tuple[Snippet, ...]:
    """As they stand in a prompt: the stable ones first, none without text."""
    return tuple(
        sorted((s for s in snippets if s.text.strip()), key=lambda snippet: not snippet.stable)
    )


def _as_comments(text: str, leader: str) -> str:
    return "\n".join(f"{leader} {line}".rstrip() for line in text.split("\n"))


def _shown(name: str, limit: int, encode: Encode) -> str:
    """The end of a name that the model sees, so that a strange name cannot fill the prompt."""
    chars = min(len(name), LONGEST_NAME)
    while chars and len(encode(name[len(name) - chars :])) > limit:
        chars //= 2
    return name[len(name) - chars :]


def _ends_in_one_space(prefix: str) -> bool:
    return prefix[-1:] == " " and not prefix[-2:-1].isspace() and len(prefix) > 1
