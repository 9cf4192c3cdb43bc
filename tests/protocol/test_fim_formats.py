"""How each format draws its prompts, and how formats are found and checked.

The files in golden/ show, for each format, parts and below them the prompt with its control tokens
in ⟦⟧, line ends as ⏎ and spaces at the end of a line or piece as ␣. After a change that is meant,
write them again and read the difference:

    UNDERSTUDY_WRITE_GOLDEN=1 python -m pytest tests/protocol/test_fim_formats.py
"""

import os
import re
from pathlib import Path

import pytest
from vocabularies import CODE, Vocabulary, train, vocabulary

from understudy_protocol.completion import Snippet
from understudy_protocol.errors import FormatError
from understudy_protocol.fim import Parts, render
from understudy_protocol.fim_formats import (
    FORMATS,
    PROMPTER,
    QWEN_CODER,
    FimFormat,
    Slot,
    Token,
    by_name,
    choose,
    stop_strings,
)
from understudy_protocol.fim_tokens import is_control, stop_ids, verify

GOLDEN = Path(__file__).parent / "golden"

CASES = {
    "a hole alone": Parts(
        prefix="def area(width, height):\n    return ",
        suffix="\n\n\nprint(area(2, 3))\n",
        path="src/area.py",
        repository="shapes",
    ),
    "snippets, the stable one first": Parts(
        prefix="const area = (w, h) => {\n  return w * ",
        suffix=";\n};\n",
        path="src/area.ts",
        repository="shapes",
        snippets=(
            Snippet(path="src/circle.ts", text="export const r = 2;\n"),
            Snippet(path="lib/pi.lua", text="local pi = 3\nreturn pi", stable=True),
        ),
    ),
    "control tokens in the text": Parts(
        prefix='TOKENS = ["<|fim_prefix|>", "<fim_suffix>",\n',
        suffix='\n"▁<MID>", "<｜fim▁end｜>", "<[fim-middle]>", "<filename>", "<eos>"]',  # noqa: RUF001
        path="<|file_sep|>.py",
        repository="<repo_name>",
    ),
    "cut to 128 tokens": Parts(
        prefix=CODE * 2,
        suffix=CODE,
        path="src/greeter.py",
        repository="greeter",
        snippets=(Snippet("a.py", CODE),),
    ),
}


def draw(parts: Parts, fmt: FimFormat, tokenizer: Vocabulary) -> str:
    """Parts as text, and beneath them the prompt."""
    prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=128 if parts.prefix > CODE else 512)
    lines = [f"repository {parts.repository}, path {parts.path}"]
    for snippet in parts.snippets:
        stable = " stable" if snippet.stable else ""
        lines.append(f"snippet {snippet.path}{stable}: {_excerpt(snippet.text)}")
    lines += [f"prefix {_excerpt(parts.prefix)}", f"suffix {_excerpt(parts.suffix)}"]
    lines.append(f"healed {prompt.healed!r}, {len(prompt.ids)} tokens")
    drawn = "".join(
        f"⟦{text}⟧" if control else re.sub(r" +(?=\n|$)", _blanks, text)
        for control, text in tokenizer.segments(prompt.ids)
    )
    return "\n".join((*lines, "", drawn.replace("\n", "⏎\n")))


def _blanks(match: re.Match[str]) -> str:
    return "␣" * len(match.group())


def _excerpt(text: str) -> str:
    return repr(text if len(text) < 100 else f"{text[:40]} … {text[-40:]}")


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_each_format_draws_its_prompts_as_in_its_golden_file(fmt: FimFormat) -> None:
    tokenizer = vocabulary(fmt)
    drawn = "\n\n".join(
        f"─── {title}\n{draw(parts, fmt, tokenizer)}" for title, parts in CASES.items()
    )
    file = GOLDEN / f"fim-{fmt.name}.txt"
    if os.environ.get("UNDERSTUDY_WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(drawn + "\n", encoding="utf-8")
    assert drawn + "\n" == file.read_text(encoding="utf-8")


def test_golden_files_belong_to_formats() -> None:
    assert {file.name for file in GOLDEN.glob("fim-*.txt")} == {
        f"fim-{f.name}.txt" for f in FORMATS
    }


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_a_format_has_one_place_for_each_part_and_four_stop_strings_at_most(fmt: FimFormat) -> None:
    slots = [piece for piece in fmt.template if isinstance(piece, Slot)]
    assert len(slots) == len(set(slots))
    assert {Slot.PREFIX, Slot.SUFFIX, Slot.SNIPPETS} <= set(slots)
    assert 1 <= len(stop_strings(fmt)) <= 4
    assert len(set(stop_strings(fmt))) == len(stop_strings(fmt))
    texts = [piece for piece in fmt.snippet if isinstance(piece, str)]
    assert sum("{text}" in text for text in texts) == 1 == len(texts)


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_stops_after_the_first_open_something_in_the_format_or_end_a_text(fmt: FimFormat) -> None:
    stops = set(stop_strings(fmt))
    opens = {token for token in fmt.control_tokens() - stops if token != fmt.bos}
    frame = {piece.text for piece in fmt.template if isinstance(piece, Token)}
    layouts = fmt.opening + fmt.opening_alone + fmt.snippet + fmt.file
    frame |= {piece.text for piece in layouts if isinstance(piece, Token)}
    assert stops <= frame | {fmt.stops[0], "</s>", "<eos>", "<|fim_pad|>"}
    assert opens <= frame


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_blanks_are_healed_where_the_middle_goes_straight_on_from_the_prefix(
    fmt: FimFormat,
) -> None:
    assert fmt.heals == (fmt.template[-1] == Slot.PREFIX)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("Qwen/Qwen2.5-Coder-1.5B", "qwen2.5-coder"),
        ("Qwen/Qwen2.5-Coder-7B-Instruct-AWQ", "qwen2.5-coder"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen2.5-coder"),
        ("bigcode/starcoder2-3b", "starcoder2"),
        ("codellama/CodeLlama-7b-hf", "codellama"),
        ("deepseek-ai/deepseek-coder-1.3b-base", "deepseek-coder"),
        ("deepseek-ai/DeepSeek-Coder-V2-Lite-Base", "deepseek-coder"),
        ("google/codegemma-2b", "codegemma"),
        ("ibm-granite/granite-3b-code-base-2k", "granite-code"),
        ("ibm-granite/granite-3.3-8b-base", "granite-3"),
        ("ibm-granite/granite-4.0-micro-base", "granite-4"),
        ("ByteDance-Seed/Seed-Coder-8B-Base", "seed-coder"),
        ("JetBrains/Mellum-4b-sft-python", "mellum"),
        ("models/prompter", "prompter"),
        ("/home/qwen2.5-coder/understudy/models/prompter", "prompter"),
        (r"C:\models\starcoder2-7b", "starcoder2"),
        ("/cache/models--JetBrains--Mellum-4b-base/snapshots/0a1b2c", "mellum"),
    ],
)
def test_the_format_is_chosen_by_the_name_of_the_model(model: str, name: str) -> None:
    assert choose(model).name == name
    assert by_name(name).name == name


def test_every_recommended_model_is_known_by_its_name() -> None:
    page = (Path(__file__).parents[2] / "models" / "README.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.split("\n") if re.search(r"\| `[\w.-]+/", line)]
    named = [(model, row[3]) for row in rows for model in re.findall(r"`(\w[^`]*/[^`]*)`", row[1])]
    assert len(named) >= 10
    for model, said in named:
        assert f"`{choose(model).name}`" in said, model


@pytest.mark.parametrize("model", ["meta-llama/Llama-3.2-1B", "bigcode/starcoderbase", "", "/"])
def test_a_model_without_a_known_format_is_refused_with_the_names_to_choose_from(
    model: str,
) -> None:
    with pytest.raises(FormatError) as caught:
        choose(model)
    assert all(fmt.name in caught.value.remedy for fmt in FORMATS)
    assert "--fim-format NAME" in caught.value.remedy


def test_an_unknown_format_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(FormatError, match="codellama-spm"):
        by_name("llama")


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_a_format_fits_a_vocabulary_that_has_its_tokens(fmt: FimFormat) -> None:
    tokenizer = vocabulary(fmt)
    verify(fmt, tokenizer)
    assert [tokenizer.decode([i]) for i in stop_ids(fmt, tokenizer)] == list(fmt.stops)


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
def test_a_format_is_refused_by_a_vocabulary_that_lacks_one_of_its_tokens(fmt: FimFormat) -> None:
    *present, lacking = sorted(fmt.control_tokens())
    small = train(present)
    with pytest.raises(FormatError, match=re.escape(lacking)) as caught:
        verify(fmt, Vocabulary(small, {}))
    assert not any(token in caught.value.problem for token in present if token not in lacking)
    with pytest.raises(FormatError):
        stop_ids(fmt, Vocabulary(small, {}))


def test_a_tokenizer_that_adds_tokens_of_its_own_is_refused() -> None:
    class Eager(Vocabulary):
        def encode(self, text: str) -> list[int]:
            return [0, *super().encode(text)]

    tokenizer = vocabulary(PROMPTER)
    with pytest.raises(FormatError, match="adds tokens of its own"):
        verify(PROMPTER, Eager(tokenizer.tokenizer, tokenizer.control_tokens))


@pytest.mark.parametrize(
    ("token", "special", "control"),
    [
        ("<|fim_prefix|>", False, True),
        ("<｜fim▁begin｜>", False, True),  # noqa: RUF001
        ("<[fim-middle]>", False, True),
        ("[PREFIX]", False, True),
        ("▁<PRE>", False, True),
        ("<start_of_turn>", False, True),
        ("<s>", True, True),
        ("</s>", True, True),
        ("<table>", False, False),
        ("</h1>", False, False),
        ("▁▁▁▁", False, False),
        ("\n\n", False, False),
        ("õ", False, False),
        ("õ", True, False),
    ],
)
def test_added_tokens_that_are_text_are_told_from_control_tokens(
    token: str, special: bool, control: bool
) -> None:
    assert is_control(token, special=special) is control


def test_the_formats_of_the_embedded_model_and_of_qwen_share_their_tokens() -> None:
    assert PROMPTER.control_tokens() | {"<|fim_pad|>"} == QWEN_CODER.control_tokens()
