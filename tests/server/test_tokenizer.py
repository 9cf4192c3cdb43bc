"""Loading the tokenizer of a model, and encoding that stays exact while it remembers pieces."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from vocabularies import CODE, PROMPTER_FILE, train, vocabulary

from understudy_protocol.completion import Snippet
from understudy_protocol.errors import ConfigError
from understudy_protocol.fim import Parts, render
from understudy_protocol.fim_formats import PROMPTER, QWEN_CODER
from understudy_protocol.fim_tokens import verify
from understudy_server.tokenizer import ModelTokenizer, load_tokenizer

lines = st.lists(
    st.one_of(
        st.sampled_from(CODE.splitlines(keepends=True)),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        st.sampled_from(
            ["\n", "\n\n", "\r\n", " \n", "  \n    ", "\t", "x\n", "9\n\n", "_\n", ")\n"]
        ),
        st.integers(1, 3000).map(lambda n: "word" * n),
    ),
    max_size=30,
).map("".join)


def saved(tokenizer: Tokenizer, directory: Path) -> str:
    tokenizer.save(str(directory / "tokenizer.json"))
    return str(directory)


def sentencepiece_like() -> Tokenizer:
    """As Code Llama's: blanks are `▁`, one stands before every text, a beginning is added."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        show_progress=False,
        special_tokens=["<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256))],
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    # Trained in lines, for its merges must not go over their ends: those of Llama do not.
    tokenizer.train_from_iterator(CODE.splitlines(), trainer)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return tokenizer


REAL = Tokenizer.from_file(str(PROMPTER_FILE))
SMALL = train([])


@pytest.fixture(scope="module")
def prompter() -> ModelTokenizer:
    return load_tokenizer(str(PROMPTER_FILE.parent))


def test_the_embedded_models_tokenizer_fits_its_format(prompter: ModelTokenizer) -> None:
    verify(PROMPTER, prompter)
    assert set(prompter.control_tokens) == PROMPTER.control_tokens() | {"<|fim_pad|>"}
    assert prompter.token_id("<|fim_middle|>") == prompter.control_tokens["<|fim_middle|>"]
    assert prompter.token_id("<no such token>") is None
    assert prompter.decode(prompter.encode("x = 1\n")) == "x = 1\n"
    assert prompter.decode([0]) == "<|endoftext|>"


@settings(max_examples=150, deadline=None)
@given(text=lines)
def test_pieces_encode_as_the_whole_does(text: str) -> None:
    for tokenizer in REAL, SMALL:
        whole = tokenizer.encode(text, add_special_tokens=False).ids
        assert list(ModelTokenizer(tokenizer).encode(text)) == whole


@settings(max_examples=50, deadline=None)
@given(prefix=lines, suffix=lines)
def test_a_prompt_is_the_same_with_and_without_memory(prefix: str, suffix: str) -> None:
    remembering = ModelTokenizer(REAL)
    parts = Parts(prefix, suffix, "a.py", "demo", (Snippet("b.py", CODE),))
    expected = render(parts, fmt=PROMPTER, tokenizer=vocabulary(PROMPTER), budget=500)
    for _ in range(2):
        assert render(parts, fmt=PROMPTER, tokenizer=remembering, budget=500) == expected


def test_a_vocabulary_of_sentencepiece_encodes_text_as_it_stands(tmp_path: Path) -> None:
    plain = sentencepiece_like()
    exact = load_tokenizer(saved(plain, tmp_path))
    assert "".join(plain.encode("if").tokens) == "<s>▁if"
    assert "".join(str(plain.id_to_token(i)) for i in exact.encode("if")) == "if"
    assert len(exact.encode("")) == 0
    plain.normalizer = normalizers.Replace(" ", "▁")
    whole = plain.encode(CODE, add_special_tokens=False).ids
    assert list(exact.encode(CODE)) == whole


@pytest.mark.parametrize(
    "pre_tokenizer",
    [
        pre_tokenizers.ByteLevel(add_prefix_space=True),
        pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(), pre_tokenizers.ByteLevel(add_prefix_space=True)]
        ),
        pre_tokenizers.Metaspace(prepend_scheme="always"),
        pre_tokenizers.Metaspace(prepend_scheme="first"),
    ],
)
def test_no_pre_tokenizer_puts_a_space_before_text(
    pre_tokenizer: pre_tokenizers.PreTokenizer, tmp_path: Path
) -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    alphabet = [*pre_tokenizers.ByteLevel.alphabet(), "▁"]
    trainer = trainers.BpeTrainer(vocab_size=300, show_progress=False, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(["x"], trainer)
    assert tokenizer.encode("x").tokens[0] != "x"
    exact = load_tokenizer(saved(tokenizer, tmp_path))
    assert [tokenizer.id_to_token(i) for i in exact.encode("x")] == ["x"]


def test_nothing_is_cut_off_or_padded(tmp_path: Path) -> None:
    tokenizer = train(["<pad>"])
    tokenizer.enable_truncation(max_length=4)
    tokenizer.enable_padding(length=8, pad_token="<pad>")
    exact = load_tokenizer(saved(tokenizer, tmp_path))
    assert exact.decode(exact.encode(CODE)) == CODE
    assert len(exact.encode("x")) == 1


def test_added_tokens_that_are_text_stay_text(tmp_path: Path) -> None:
    tokenizer = train(["<|fim_prefix|>", "<table>", "\n\n\n"], special=["<|fim_prefix|>"])
    tokenizer.add_special_tokens([AddedToken("</s>", special=True)])
    loaded = load_tokenizer(saved(tokenizer, tmp_path))
    assert set(loaded.control_tokens) == {"<|fim_prefix|>", "</s>"}


def test_control_tokens_that_the_vocabulary_calls_ordinary_are_found(tmp_path: Path) -> None:
    loaded = load_tokenizer(saved(train(sorted(QWEN_CODER.control_tokens())), tmp_path))
    assert set(loaded.control_tokens) == QWEN_CODER.control_tokens()


def test_a_directory_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no tokenizer\.json") as caught:
        load_tokenizer(str(tmp_path))
    assert "save_pretrained" in caught.value.remedy


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"model": {"type": "Oracle"}}',
        b'{"normalizer": 3}',
        b"\xff\xfe",
        PROMPTER_FILE.read_bytes()[:-1000],
    ],
)
def test_a_file_that_is_no_tokenizer_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(ConfigError, match="is not a tokenizer") as caught:
        load_tokenizer(str(tmp_path))
    assert "download the model again" in caught.value.remedy


@pytest.mark.parametrize("model", ["no/such/directory", "../nowhere", "two words"])
def test_what_is_neither_directory_nor_hub_name_is_refused(model: str) -> None:
    with pytest.raises(ConfigError, match="no model directory"):
        load_tokenizer(model)


LOAD = """
import sys
from understudy_protocol.errors import ConfigError
from understudy_server.tokenizer import load_tokenizer
for model in sys.argv[1:]:
    try:
        print(len(load_tokenizer(model).encode("def f():")))
    except ConfigError as error:
        print(error)
"""


def test_a_hub_name_is_looked_up_in_the_local_cache_when_offline(tmp_path: Path) -> None:
    cached = tmp_path / "hub" / "models--someone--cached"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text("0" * 40)
    snapshot = cached / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "tokenizer.json").write_bytes(PROMPTER_FILE.read_bytes())
    # The library reads its environment when it is imported, hence a process of its own.
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    environment.pop("HF_HUB_CACHE", None)
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", LOAD, "someone/cached", "someone/absent"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found, refused = done.stdout.splitlines()
    expected = load_tokenizer(str(PROMPTER_FILE.parent)).encode("def f():")
    assert json.loads(found) == len(expected)
    assert "someone/absent is not in the local cache" in refused
    assert "hf download someone/absent" in refused
