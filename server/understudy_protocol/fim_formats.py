"""The fill-in-the-middle formats of the model families, as data.

A format says where the parts of a hole go between the control tokens of its models. The two orders
in use are prefix-suffix-middle (PSM) and suffix-prefix-middle (SPM), after Bavarian et al. 2022,
"Efficient Training of Language Models to Fill in the Middle" (arXiv 2207.14255). Each format names
its source above it. `fim.render` turns parts into token ids by these data; nothing else does.
"""

# ruff: noqa: RUF001  (the vocabularies spell their tokens with these characters)

import re
from enum import Enum

import msgspec

from understudy_protocol.errors import FormatError


class Token(msgspec.Struct, frozen=True):
    """A control token, by its string in the vocabulary."""

    text: str


class Slot(Enum):
    """A place of a template that `fim.render` fills."""

    OPENING = "opening"
    SNIPPETS = "snippets"
    FILE = "file"
    PREFIX = "prefix"
    SUFFIX = "suffix"


Layout = tuple[Token | str, ...]
"""Control tokens and texts. Texts may hold `{repository}`, `{path}`, `{text}` and `{comment}`, the
leader of a line comment in the language of the file that has the hole."""


class FimFormat(msgspec.Struct, frozen=True):
    """How the models of one family want the parts of a hole."""

    name: str
    models: tuple[str, ...]
    """Regular expressions, of which one is found in the names of the models, in lower case."""
    template: tuple[Token | Slot, ...]
    """The whole prompt, in order."""
    stops: tuple[str, ...]
    """Control tokens, four at most, that end the middle. The first is the one that training puts
    there; the others open whatever a model without a sense of the end goes on with."""
    bos: str | None = None
    """Control token at the start of every prompt."""
    opening: Layout = ()
    """Fills `OPENING` if a snippet is kept."""
    opening_alone: Layout = ()
    """Fills `OPENING` if none is."""
    snippet: Layout = ()
    """One of these for each snippet fills `SNIPPETS`."""
    snippets_are_comments: bool = False
    """Lines of snippets are made line comments, for models that know no border between files."""
    file: Layout = ()
    """Fills `FILE`: names the file that has the hole."""
    lead: str = ""
    """Text before the prefix that belongs to the same stretch of text."""
    heals: bool = False
    """One space before the cursor is taken off the prompt, and off the answer. Right where the
    middle goes on straight from the prefix: there a space on its own is a token that the model
    hardly saw, because a space belongs to the word after it. Where a control token stands between
    prefix and middle, the models were trained on cuts at any character."""

    def control_tokens(self) -> frozenset[str]:
        """Every control token that this format puts in a prompt or stops at."""
        pieces = (*self.template, *self.opening, *self.opening_alone, *self.snippet, *self.file)
        bos = () if self.bos is None else (self.bos,)
        return frozenset((*(p.text for p in pieces if isinstance(p, Token)), *self.stops, *bos))


def by_name(name: str) -> FimFormat:
    """The format called `name`. Raises FormatError."""
    for fmt in FORMATS:
        if fmt.name == name:
            return fmt
    raise FormatError(
        f"There is no FIM format called {name!r}.",
        f"Choose one of {_names()} with `--fim-format NAME`.",
    )


def choose(model: str) -> FimFormat:
    """The format for a model, by its hub name or the path of its directory. Raises FormatError.

    Parts of a path are tried from the last to the first, because the last one of a snapshot in the
    hub's cache is only a hash.
    """
    for part in reversed(re.split(r"[/\\]", model.lower())):
        for fmt in FORMATS:
            if any(re.search(pattern, part) for pattern in fmt.models):
                return fmt
    raise FormatError(
        f"No FIM format is known for the model {model!r}.",
        f"Say which it was trained with: `--fim-format NAME`, one of {_names()}.",
    )


def stop_strings(fmt: FimFormat) -> tuple[str, ...]:
    """What ends the middle, as text: four at most, which is all that OpenAI-like servers take.

    `fim_tokens.stop_ids` is the exact form, and the only one where the server leaves special tokens
    out of its text.
    """
    return fmt.stops


def _names() -> str:
    return ", ".join(fmt.name for fmt in FORMATS)


def _template(pieces: str) -> tuple[Token | Slot, ...]:
    return tuple(Slot[p] if p in Slot.__members__ else Token(p) for p in pieces.split())


# The model in models/prompter. Qwen's tokens in suffix-prefix-middle order, and the shape of the
# snippets, are those of its training data: see its model card.
PROMPTER = FimFormat(
    name="prompter",
    models=(r"^prompter",),
    template=_template(
        "OPENING SNIPPETS FILE <|fim_prefix|> <|fim_suffix|> SUFFIX <|fim_middle|> PREFIX"
    ),
    stops=("<|endoftext|>", "<|file_sep|>", "<|repo_name|>", "<|fim_prefix|>"),
    opening=(Token("<|repo_name|>"), "{repository}\n"),
    snippet=(Token("<|file_sep|>"), "{path}\n{text}\n"),
    file=(Token("<|file_sep|>"), "{path}\n"),
    heals=True,
)

# Qwen2.5-Coder Technical Report (arXiv 2409.12186), figure 4, repository-level FIM. That
# `<|fim_pad|>`, `<|file_sep|>` and `<|repo_name|>` come out at the end: QwenLM/Qwen3-Coder issues
# 99 and 389, zed-industries/zed pull request 62249.
QWEN_CODER = FimFormat(
    name="qwen2.5-coder",
    models=(r"qwen-?2\.5-coder", r"qwen-?3-coder"),
    template=_template(
        "OPENING SNIPPETS FILE <|fim_prefix|> PREFIX <|fim_suffix|> SUFFIX <|fim_middle|>"
    ),
    stops=("<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|repo_name|>"),
    opening=(Token("<|repo_name|>"), "{repository}\n"),
    opening_alone=(Token("<|repo_name|>"), "{repository}\n"),
    snippet=(Token("<|file_sep|>"), "{path}\n{text}\n"),
    file=(Token("<|file_sep|>"), "{path}\n"),
)

# StarCoder 2 (arXiv 2402.19173), section 5.1: the path of the file stands inside its prefix, and
# nothing but the path has a line end of its own. `<file_sep>` as a stop: bigcode-project/starcoder2
# issue 10.
STARCODER2 = FimFormat(
    name="starcoder2",
    models=(r"starcoder-?2",),
    template=_template(
        "OPENING SNIPPETS FILE <fim_prefix> PREFIX <fim_suffix> SUFFIX <fim_middle>"
    ),
    stops=("<|endoftext|>", "<file_sep>", "<fim_prefix>", "<repo_name>"),
    opening=(Token("<repo_name>"), "{repository}"),
    opening_alone=(Token("<repo_name>"), "{repository}"),
    snippet=(Token("<file_sep>"), "{path}\n{text}\n"),
    file=(Token("<file_sep>"),),
    lead="{path}\n",
)

# Code Llama (arXiv 2308.12950), section 2.3, and `infilling_prompt_tokens` of its reference code:
# the prefix has SentencePiece's leading space, suffix and middle have not. The paper prefers PSM,
# or SPM with token healing. No token for borders of files: meta-llama/codellama issue 209.
CODELLAMA = FimFormat(
    name="codellama",
    models=(r"code-?llama",),
    template=_template("▁<PRE> OPENING SNIPPETS PREFIX ▁<SUF> SUFFIX ▁<MID>"),
    stops=("▁<EOT>", "</s>", "▁<PRE>", "▁<SUF>"),
    bos="<s>",
    opening=(" ",),
    opening_alone=(" ",),
    snippet=("{comment} Path: {path}\n{text}\n",),
    snippets_are_comments=True,
    lead="{comment} Path: {path}\n",
)
CODELLAMA_SPM = msgspec.structs.replace(
    CODELLAMA,
    name="codellama-spm",
    models=(),
    template=_template("▁<PRE> ▁<SUF> SUFFIX ▁<MID> OPENING SNIPPETS PREFIX"),
    heals=True,
)

# README of deepseek-ai/DeepSeek-Coder, "Code Insertion" and "Repository Level Code Completion":
# paths are `#path`, in every language.
DEEPSEEK_CODER = FimFormat(
    name="deepseek-coder",
    models=(r"deepseek-coder",),
    template=_template("<｜fim▁begin｜> SNIPPETS PREFIX <｜fim▁hole｜> SUFFIX <｜fim▁end｜>"),
    stops=(
        "<｜end▁of▁sentence｜>",
        "<｜fim▁begin｜>",
        "<｜fim▁hole｜>",
        "<｜fim▁end｜>",
    ),
    bos="<｜begin▁of▁sentence｜>",
    snippet=("#{path}\n{text}\n\n",),
    lead="#{path}\n",
)

# CodeGemma (arXiv 2406.11409), table 1, figures 2 and 4, "Inference Recommendations".
CODEGEMMA = FimFormat(
    name="codegemma",
    models=(r"codegemma",),
    template=_template("SNIPPETS FILE <|fim_prefix|> PREFIX <|fim_suffix|> SUFFIX <|fim_middle|>"),
    stops=("<|file_separator|>", "<eos>", "<|fim_prefix|>", "<|fim_suffix|>"),
    bos="<bos>",
    snippet=("{path}\n{text}\n", Token("<|file_separator|>")),
    file=("{path}\n",),
)

# Model cards of ibm-granite/granite-8b-code-base, -3.3-8b-base and -4.0-*-base; the tokens of 3.3
# in ggml-org/llama.cpp pull request 12988, which found none for borders of files.
GRANITE_CODE = FimFormat(
    name="granite-code",
    models=(r"granite-\d+b-code",),
    template=_template("<fim_prefix> SNIPPETS PREFIX <fim_suffix> SUFFIX <fim_middle>"),
    stops=("<|endoftext|>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    snippet=("{comment} Path: {path}\n{text}\n",),
    snippets_are_comments=True,
    lead="{comment} Path: {path}\n",
)
GRANITE_3 = msgspec.structs.replace(
    GRANITE_CODE,
    name="granite-3",
    models=(r"granite-?3",),
    stops=("<|end_of_text|>", *GRANITE_CODE.stops[1:]),
)
GRANITE_4 = msgspec.structs.replace(
    GRANITE_CODE,
    name="granite-4",
    models=(r"granite-?4",),
    template=_template("<|fim_prefix|> SNIPPETS PREFIX <|fim_suffix|> SUFFIX <|fim_middle|>"),
    stops=("<|end_of_text|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
)

# Seed-Coder (arXiv 2506.03524), section 2.2: SPM, cut at any character.
SEED_CODER = FimFormat(
    name="seed-coder",
    models=(r"seed-coder",),
    template=_template("<[fim-suffix]> SUFFIX <[fim-prefix]> SNIPPETS PREFIX <[fim-middle]>"),
    stops=("<[end▁of▁sentence]>", "<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"),
    snippet=("{comment} Path: {path}\n{text}\n",),
    snippets_are_comments=True,
    lead="{comment} Path: {path}\n",
)

# Model card of JetBrains/Mellum-4b-base, "Fill in the middle with additional files as context";
# stops of the packages that JetBrains made of the model.
MELLUM = FimFormat(
    name="mellum",
    models=(r"mellum",),
    template=_template("SNIPPETS FILE <fim_suffix> SUFFIX <fim_prefix> PREFIX <fim_middle>"),
    stops=("<|endoftext|>", "<filename>", "<fim_suffix>", "<fim_prefix>"),
    snippet=(Token("<filename>"), "{path}\n{text}\n"),
    file=(Token("<filename>"), "{path}\n"),
)

FORMATS = (
    PROMPTER,
    QWEN_CODER,
    STARCODER2,
    CODELLAMA,
    CODELLAMA_SPM,
    DEEPSEEK_CODER,
    CODEGEMMA,
    GRANITE_CODE,
    GRANITE_3,
    GRANITE_4,
    SEED_CODER,
    MELLUM,
)
