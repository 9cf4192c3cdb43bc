"""Prompts as an editor makes them, from the source of Python's own library."""

import argparse
import inspect
import logging
import random
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from types import ModuleType

from understudy_protocol.fim import Parts, render
from understudy_protocol.fim_formats import choose
from understudy_releases.paths import embedded_model
from understudy_server.tokenizer import load_tokenizer

MODULES: tuple[ModuleType, ...] = (argparse, inspect, logging, shutil, subprocess, textwrap)
SUFFIX_SHARE = 0.23
"""Of the characters of a prompt; the rest is prefix."""
MOST_TOKENS = 1900
"""The embedded model reads 2,048 tokens, those of the answer among them."""


class Typist:
    """Renders prompts for the embedded model; equal seeds give equal prompts."""

    def __init__(self, seed: int) -> None:
        model = str(embedded_model())
        self._random = random.Random(seed)
        self._sources = [inspect.getsource(module) for module in MODULES]
        self._tokenizer = load_tokenizer(model)
        self._format = choose(model)

    def unseen(self, characters: int) -> list[int]:
        """A prompt of so many characters whose beginning no prompt before it had."""
        source, cursor = self._place()
        before, after = characters - int(characters * SUFFIX_SHARE), int(characters * SUFFIX_SHARE)
        mark = f"# {self._random.getrandbits(64):x}\n"
        return self._render(mark + source[cursor - before : cursor], mark + source[cursor:][:after])

    def typing(self, characters: int, keystrokes: int) -> Iterator[list[int]]:
        """Prompts of one session in one file: each has a few characters more before the cursor."""
        source, cursor = self._place()
        start = cursor - int(characters * (1 - SUFFIX_SHARE))
        mark = f"# {self._random.getrandbits(64):x}\n"
        suffix = mark + source[cursor + 400 :][: int(characters * SUFFIX_SHARE)]
        for _ in range(keystrokes):
            cursor += self._random.randrange(2, 7)
            yield self._render(source[start:cursor], suffix)

    def _place(self) -> tuple[str, int]:
        source = self._random.choice(self._sources)
        return source, self._random.randrange(4000, len(source) - 2000)

    def _render(self, prefix: str, suffix: str) -> list[int]:
        parts = Parts(prefix=prefix, suffix=suffix, path="source.py", repository="library")
        prompt = render(parts, fmt=self._format, tokenizer=self._tokenizer, budget=MOST_TOKENS)
        return prompt.ids
