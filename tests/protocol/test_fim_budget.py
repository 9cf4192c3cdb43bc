"""Who gets how much of a budget, and what stays where it is while a person types."""

from collections.abc import Sequence
from itertools import takewhile

import pytest
from vocabularies import CODE, vocabulary

from understudy_protocol.completion import Snippet
from understudy_protocol.fim import Parts, render
from understudy_protocol.fim_formats import (
    CODELLAMA_SPM,
    PROMPTER,
    QWEN_CODER,
    FimFormat,
    Slot,
    Token,
)


def shares(parts: Parts, budget: int) -> tuple[float, float, float]:
    """Which parts of the budget went to prefix, suffix and snippets."""
    tokenizer = vocabulary(PROMPTER)
    kept = render(parts, fmt=PROMPTER, tokenizer=tokenizer, budget=budget).kept
    sizes = [len(tokenizer.encode(t)) for t in (kept.prefix, kept.suffix)]
    sizes.append(sum(len(tokenizer.encode(snippet.text)) for snippet in kept.snippets))
    prefix, suffix, snippets = (size / budget for size in sizes)
    return prefix, suffix, snippets


LONG = CODE * 30


def test_prefix_before_suffix_and_half_for_snippets_when_all_are_long() -> None:
    prefix, suffix, snippets = shares(
        Parts(LONG, LONG, "a.py", "demo", (Snippet("b.py", LONG),)), budget=1600
    )
    assert 0.27 < prefix < 0.36
    assert 0.12 < suffix < 0.16
    assert 0.4 < snippets < 0.5


@pytest.mark.parametrize(
    ("parts", "least"),
    [
        (Parts(LONG, LONG, "a.py", "demo"), (0.55, 0.25, 0)),
        (Parts(LONG, "", "a.py", "demo"), (0.87, 0, 0)),
        (Parts("", LONG, "a.py", "demo"), (0, 0.87, 0)),
        (Parts("", "", "a.py", "demo", (Snippet("b.py", LONG),)), (0, 0, 0.87)),
        (Parts(LONG, "", "a.py", "demo", (Snippet("b.py", LONG),)), (0.42, 0, 0.4)),
        (Parts(CODE, CODE, "a.py", "demo", (Snippet("b.py", LONG),)), (0.1, 0.1, 0.5)),
    ],
)
def test_what_one_part_does_not_need_the_others_take(
    parts: Parts, least: tuple[float, float, float]
) -> None:
    assert all(share >= wanted for share, wanted in zip(shares(parts, 1600), least, strict=True))


def test_stable_snippets_come_first_and_leave_room_for_the_others() -> None:
    given_snippets = (
        Snippet("now.py", CODE),
        Snippet("stable-1.py", CODE * 2, stable=True),
        Snippet("stable-2.py", LONG, stable=True),
        Snippet("then.py", CODE),
    )
    kept = render(
        Parts(LONG, LONG, "a.py", "demo", given_snippets),
        fmt=PROMPTER,
        tokenizer=vocabulary(PROMPTER),
        budget=1600,
    ).kept.snippets
    assert [s.path for s in kept][:3] == ["stable-1.py", "stable-2.py", "now.py"]
    assert given_snippets[0] in kept
    assert given_snippets[1] in kept


def test_the_stable_snippets_stay_the_same_when_the_others_change() -> None:
    tokenizer = vocabulary(QWEN_CODER)
    stable = tuple(Snippet(f"s{n}.py", CODE * n, stable=True) for n in (1, 2, 3))
    prompts = [
        render(
            Parts(LONG, LONG, "a.py", "demo", (*stable, Snippet("other.py", other))),
            fmt=QWEN_CODER,
            tokenizer=tokenizer,
            budget=1600,
        )
        for other in (CODE, "x = 1\n", LONG)
    ]
    first, *rest = [[s for s in prompt.kept.snippets if s.stable] for prompt in prompts]
    assert len(first) >= 2
    assert all(kept == first for kept in rest)
    separator = tokenizer.token_id("<|file_sep|>")
    until = [i for i, token_id in enumerate(prompts[0].ids) if token_id == separator][len(first)]
    assert all(prompt.ids[:until] == prompts[0].ids[:until] for prompt in prompts)


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


@pytest.mark.parametrize("fmt", [PROMPTER, QWEN_CODER, CODELLAMA_SPM], ids=lambda fmt: fmt.name)
def test_while_a_person_types_in_a_long_file_the_prompt_stays_the_same_up_to_the_cursor(
    fmt: FimFormat,
) -> None:
    tokenizer = vocabulary(fmt)
    document, typed = CODE * 10, CODE[:250]
    context = (Snippet("a.py", CODE, stable=True), Snippet("b.py", CODE * 3))
    after = fmt.template[fmt.template.index(Slot.PREFIX) + 1 :]
    end = tokenizer.token_id(after[0].text) if after and isinstance(after[0], Token) else None
    before: list[int] = []
    unchanged = 0
    for n in range(len(typed)):
        parts = Parts(document + typed[:n], document, "src/app.py", "demo", context)
        ids = render(parts, fmt=fmt, tokenizer=tokenizer, budget=1000).ids
        ids = ids if end is None else ids[: ids.index(end)]
        unchanged += common_prefix(before, ids) >= len(before) - 4
        before = ids
    assert unchanged >= len(typed) * 0.98
