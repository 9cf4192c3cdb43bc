"""What holds for every prompt, whatever is in it and whichever format draws it."""

from collections.abc import Sequence
from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vocabularies import CODE, Vocabulary, vocabulary

from understudy_protocol.completion import Snippet
from understudy_protocol.errors import FormatError
from understudy_protocol.fim import SMALLEST_BUDGET, Parts, clean, render, render_example
from understudy_protocol.fim_cut import CHARS_PER_TOKEN
from understudy_protocol.fim_formats import (
    CODELLAMA,
    FORMATS,
    PROMPTER,
    QWEN_CODER,
    FimFormat,
    Layout,
    Slot,
    Token,
)
from understudy_protocol.fim_tokens import control_ids, encode_plain

each_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)

CONTROLS = sorted(set[str]().union(*(fmt.control_tokens() for fmt in FORMATS)))
UNICODE = st.characters(exclude_categories=["Cs"])

texts = st.lists(
    st.one_of(
        st.sampled_from(CODE.splitlines(keepends=True)),
        st.sampled_from(CONTROLS),
        st.sampled_from(
            [token[:-2] for token in CONTROLS] + ["<", "|>", "\r\n", " ", "\t", "\n\n"]
        ),
        st.text(UNICODE, max_size=20),
        st.integers(1, 900).map(lambda n: "x" * n),
    ),
    max_size=40,
).map("".join)

snippets = st.builds(
    Snippet,
    path=st.sampled_from(["a.py", "src/b.ts", "<|file_sep|>.go"]),
    text=texts,
    stable=st.booleans(),
)
holes = st.builds(
    Parts,
    prefix=texts,
    suffix=texts,
    path=st.one_of(st.just("src/app.py"), st.text(UNICODE, min_size=1, max_size=300)),
    repository=st.one_of(st.just("demo"), st.text(UNICODE, max_size=200)),
    snippets=st.lists(snippets, max_size=4).map(tuple),
)
budgets = st.integers(SMALLEST_BUDGET, 900)
formats = st.sampled_from(FORMATS)


def expected_controls(fmt: FimFormat, snippet_count: int) -> list[str]:
    """The control tokens that the data of the format put into a prompt, in order."""

    def tokens(layout: Layout) -> list[str]:
        return [piece.text for piece in layout if isinstance(piece, Token)]

    fill = {
        Slot.OPENING: tokens(fmt.opening if snippet_count else fmt.opening_alone),
        Slot.SNIPPETS: tokens(fmt.snippet) * snippet_count,
        Slot.FILE: tokens(fmt.file),
        Slot.PREFIX: [],
        Slot.SUFFIX: [],
    }
    found = [] if fmt.bos is None else [fmt.bos]
    for piece in fmt.template:
        found += fill[piece] if isinstance(piece, Slot) else [piece.text]
    return found


def text_of(slot: Slot, ids: Sequence[int], fmt: FimFormat, tokenizer: Vocabulary) -> str:
    """The text that stands at a slot, with what the format puts straight before it."""
    place = fmt.template.index(slot)
    before = [piece for piece in fmt.template[:place] if isinstance(piece, Token)]
    segments = tokenizer.segments(ids)
    # No format repeats the token that stands before prefix or suffix further up in its prompt.
    start = segments.index((True, before[-1].text)) + 1 if before else 0
    return "".join(text for _, text in takewhile(lambda segment: not segment[0], segments[start:]))


@settings(max_examples=100, deadline=None)
@given(fmt=formats, parts=holes, budget=budgets)
def test_a_prompt_never_exceeds_its_budget(fmt: FimFormat, parts: Parts, budget: int) -> None:
    assert len(render(parts, fmt=fmt, tokenizer=vocabulary(fmt), budget=budget).ids) <= budget


@settings(max_examples=100, deadline=None)
@given(fmt=formats, parts=holes, budget=budgets)
def test_text_never_becomes_a_control_token(fmt: FimFormat, parts: Parts, budget: int) -> None:
    tokenizer = vocabulary(fmt)
    prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=budget)
    controls = [text for control, text in tokenizer.segments(prompt.ids) if control]
    assert controls == expected_controls(fmt, len(prompt.kept.snippets))


@settings(max_examples=100, deadline=None)
@given(fmt=formats, parts=holes, budget=budgets)
def test_what_is_kept_stands_in_the_prompt_as_it_was_written(
    fmt: FimFormat, parts: Parts, budget: int
) -> None:
    tokenizer = vocabulary(fmt)
    prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=budget)
    assert parts.prefix.endswith(prompt.kept.prefix)
    assert parts.suffix.startswith(prompt.kept.suffix)
    seen = prompt.kept.prefix.removesuffix(prompt.healed)
    assert text_of(Slot.PREFIX, prompt.ids, fmt, tokenizer).endswith(seen)
    assert text_of(Slot.SUFFIX, prompt.ids, fmt, tokenizer) == prompt.kept.suffix
    texts = [snippet.text for snippet in parts.snippets]
    for snippet in prompt.kept.snippets:
        # Whole, or cut at the end of a line.
        assert snippet.text in texts or snippet.text.endswith("\n")
        assert any(text.startswith(snippet.text) for text in texts)


@settings(max_examples=100, deadline=None)
@given(fmt=formats, parts=holes, budget=budgets)
def test_rendering_what_was_kept_gives_the_same_prompt(
    fmt: FimFormat, parts: Parts, budget: int
) -> None:
    tokenizer = vocabulary(fmt)
    prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=budget)
    assert render(prompt.kept, fmt=fmt, tokenizer=tokenizer, budget=budget) == prompt


@settings(max_examples=50, deadline=None)
@given(fmt=formats, text=texts, size=st.integers(1, 300))
def test_all_is_kept_when_there_is_room(fmt: FimFormat, text: str, size: int) -> None:
    parts = Parts(text[:size], text[size:], "a.py", "demo", (Snippet("b.py", CODE, stable=True),))
    prompt = render(parts, fmt=fmt, tokenizer=vocabulary(fmt), budget=100_000)
    assert prompt.kept == parts


@each_format
def test_an_empty_document_has_a_prompt(fmt: FimFormat) -> None:
    tokenizer = vocabulary(fmt)
    prompt = render(
        Parts("", "", "a.py", "demo"), fmt=fmt, tokenizer=tokenizer, budget=SMALLEST_BUDGET
    )
    controls = [text for control, text in tokenizer.segments(prompt.ids) if control]
    assert controls == expected_controls(fmt, 0)


@each_format
def test_work_is_bounded_by_the_budget_and_not_by_the_document(fmt: FimFormat) -> None:
    tokenizer = vocabulary(fmt)
    huge = CODE * (10_000_000 // len(CODE))
    budget = 1000
    prompts = [
        render(
            Parts(huge, huge, "p/" * 5000, "r" * 10_000, (Snippet("a.py", huge, stable=stable),)),
            fmt=fmt,
            tokenizer=tokenizer,
            budget=budget,
        )
        for stable in (True, False)
    ]
    assert all(len(prompt.ids) <= budget for prompt in prompts)
    # What prefix, suffix and snippet may fill at most, as often as a cut is tried.
    assert tokenizer.encoded_chars <= len(prompts) * 6 * CHARS_PER_TOKEN * budget


@pytest.mark.parametrize("line", ["x" * 100_000, "<|fim_prefix|>" * 7000, "é\U0001f600" * 50_000])
def test_one_endless_line_is_cut_inside_with_bounded_work(line: str) -> None:
    tokenizer = vocabulary(QWEN_CODER)
    prompt = render(
        Parts(line, line, "a.py", "demo"), fmt=QWEN_CODER, tokenizer=tokenizer, budget=600
    )
    assert len(prompt.ids) <= 600
    assert len(prompt.kept.prefix) > len(prompt.kept.suffix) > 20
    assert tokenizer.encoded_chars <= 12 * CHARS_PER_TOKEN * 600


def test_text_full_of_control_tokens_is_encoded_in_one_pass() -> None:
    tokenizer = vocabulary(QWEN_CODER)
    text = "<|fim_prefix|>" * 1000
    forbidden = control_ids(QWEN_CODER, tokenizer)
    ids = encode_plain(text, tokenizer=tokenizer, forbidden=forbidden)
    assert tokenizer.decode(ids) == text
    assert tokenizer.encode_calls <= 1002


def test_the_embedded_model_is_asked_as_it_was_trained() -> None:
    tokenizer = vocabulary(PROMPTER)
    prefix = "class A:\n    def f(self):\n        return self"
    suffix = "\n\n    def g(self):\n        pass\n"
    parts = Parts(prefix, suffix, "a/b.py", "demo", (Snippet("c.py", "X = 1\nY = 2"),))
    end, pre, mid, suf, _pad, repo, sep = range(7)
    encode = tokenizer.encode
    assert render(parts, fmt=PROMPTER, tokenizer=tokenizer, budget=500).ids == [
        *(repo, *encode("demo\n")),
        *(sep, *encode("c.py\nX = 1\nY = 2\n")),
        *(sep, *encode("a/b.py\n")),
        *(pre, suf, *encode(suffix), mid, *encode(prefix)),
    ]
    example = render_example(parts, ".x", fmt=PROMPTER, tokenizer=tokenizer, budget=500)
    assert example.ids[example.middle_start :] == [*encode(".x"), end]


@pytest.mark.parametrize(
    ("prefix", "healed"),
    [
        ("x = ", " "),
        ("f(a, ", " "),
        ("é ", " "),
        ("x =", ""),
        ("x =  ", ""),
        ("x =\t", ""),
        ("if a:\n    ", ""),
        ("a\n ", ""),
        (" ", ""),
        ("", ""),
    ],
)
def test_one_space_before_the_cursor_is_left_to_the_model(prefix: str, healed: str) -> None:
    tokenizer = vocabulary(PROMPTER)
    prompt = render(
        Parts(prefix, "\n", "a.py", "demo"), fmt=PROMPTER, tokenizer=tokenizer, budget=200
    )
    assert prompt.healed == healed
    assert prompt.kept.prefix == prefix
    assert tokenizer.decode(prompt.ids).endswith("<|fim_middle|>" + prefix.removesuffix(healed))
    assert clean(healed + "1", prompt) == "1"
    assert clean("1", prompt) == "1"
    assert clean("  1", prompt) == "  1".removeprefix(healed)


def test_a_space_is_not_healed_where_a_token_stands_between_prefix_and_middle() -> None:
    prompt = render(
        Parts("x = ", "", "a.py", "demo"),
        fmt=QWEN_CODER,
        tokenizer=vocabulary(QWEN_CODER),
        budget=200,
    )
    assert prompt.healed == ""
    assert clean(" 1", prompt) == " 1"


@settings(max_examples=50, deadline=None)
@given(fmt=formats, parts=holes, middle=texts.map(lambda text: text[:200]))
def test_an_example_is_the_prompt_then_the_middle_then_its_end(
    fmt: FimFormat, parts: Parts, middle: str
) -> None:
    tokenizer = vocabulary(fmt)
    example = render_example(parts, middle, fmt=fmt, tokenizer=tokenizer, budget=2000)
    answer = example.ids[example.middle_start :]
    prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=2000 - len(answer))
    assert example.ids[: example.middle_start] == prompt.ids
    assert tokenizer.decode(answer[:-1]) == prompt.healed + middle
    assert answer[-1] == tokenizer.token_id(fmt.stops[0])
    assert control_ids(fmt, tokenizer).isdisjoint(answer[:-1])
    assert len(example.ids) <= 2000


def test_snippets_become_comments_where_a_model_knows_no_border_between_files() -> None:
    tokenizer = vocabulary(CODELLAMA)
    snippet = Snippet("b.py", "x = 1\n\n\ty = 2")
    prompt = render(
        Parts("a()", "", "lib/a.lua", "demo", (snippet,)),
        fmt=CODELLAMA,
        tokenizer=tokenizer,
        budget=300,
    )
    assert "-- Path: b.py\n-- x = 1\n--\n-- \ty = 2\n" in tokenizer.decode(prompt.ids)
    assert prompt.kept.snippets == (snippet,)


def test_snippets_of_blanks_are_left_out() -> None:
    blank = (Snippet("a.py", ""), Snippet("b.py", " \n\n\t"), Snippet("c.py", "x = 1"))
    prompt = render(
        Parts("a", "", "d.py", "demo", blank),
        fmt=PROMPTER,
        tokenizer=vocabulary(PROMPTER),
        budget=300,
    )
    assert prompt.kept.snippets == (blank[2],)


def test_a_budget_without_room_for_text_is_refused() -> None:
    with pytest.raises(FormatError, match="longer context"):
        render(
            Parts("a", "", "a.py", "demo"),
            fmt=PROMPTER,
            tokenizer=vocabulary(PROMPTER),
            budget=SMALLEST_BUDGET - 1,
        )


def test_a_vocabulary_without_the_tokens_of_the_format_is_refused() -> None:
    with pytest.raises(FormatError, match="--fim-format"):
        render(
            Parts("a", "", "a.py", "demo"),
            fmt=CODELLAMA,
            tokenizer=vocabulary(PROMPTER),
            budget=300,
        )
