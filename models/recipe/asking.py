"""A model folder, asked in process: greedy lines, losses of given answers, losses of plain text."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from models.recipe.archives import RecipeError
from models.recipe.tokenizer import Vocabulary
from torch import Tensor

from understudy_protocol.fim_formats import PROMPTER
from understudy_protocol.fim_tokens import stop_ids


class Asked:
    """A model and its vocabulary."""

    def __init__(self, folder: Path) -> None:
        logging.getLogger("transformers").setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from transformers import AutoModelForCausalLM
        self.vocabulary = Vocabulary(folder / "tokenizer.json")
        try:
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
        except (OSError, ValueError) as error:
            raise RecipeError(
                f"{folder} holds no model that transformers loads: {error}.",
                "Name a model folder, such as models/prompter.",
            ) from error
        self.model = model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
        newline = [i for i in range(self.vocabulary.size) if "\n" in self.vocabulary.decode([i])]
        self.controls = frozenset(stop_ids(PROMPTER, self.vocabulary))
        self.ends = self.controls | frozenset(newline)

    @torch.no_grad()
    def answer(
        self, prompt: Sequence[int], given: Sequence[Sequence[int]], most: int = 32
    ) -> tuple[list[int], list[tuple[float, int]]]:
        """The greedy line after a prompt, and for each given answer its loss and its right tokens.

        The loss is the sum over the answer's tokens; right are those that greedy choice would give.
        The prompt is read once for all of them.
        """
        device = self.model.device
        ids = torch.tensor([list(prompt)], device=device)
        read = self.model(input_ids=ids, use_cache=True, logits_to_keep=1)
        first = read.logits[0, -1].float()
        cache = read.past_key_values
        found = [self._judged(first, cache, list(answer), len(prompt)) for answer in given]
        line: list[int] = []
        choice = int(first.argmax())
        while choice not in self.ends and len(line) < most:
            line.append(choice)
            step = torch.tensor([[choice]], device=device)
            read = self.model(input_ids=step, past_key_values=cache, use_cache=True)
            choice = int(read.logits[0, -1].argmax())
        if choice in self.ends:  # a token may hold the rest of the line and its end
            line.append(choice)
        return line, found

    def _judged(self, first: Tensor, cache, answer: list[int], at: int) -> tuple[float, int]:
        logits = first[None]
        if len(answer) > 1:
            ids = torch.tensor([answer[:-1]], device=first.device)
            more = self.model(input_ids=ids, past_key_values=cache, use_cache=True).logits[0]
            cache.crop(at)
            logits = torch.cat([logits, more.float()])
        targets = torch.tensor(answer, device=first.device)
        loss = F.cross_entropy(logits, targets, reduction="sum").item()
        return loss, int((logits.argmax(-1) == targets).sum())

    @torch.no_grad()
    def losses(self, ids: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Loss of each token after the first, and whether greedy choice gives it."""
        row = torch.tensor([list(ids)], device=self.model.device)
        logits = self.model(input_ids=row[:, :-1]).logits[0].float()
        losses = F.cross_entropy(logits, row[0, 1:], reduction="none")
        return losses.cpu(), (logits.argmax(-1) == row[0, 1:]).cpu()

    def text(self, line: Sequence[int]) -> str:
        """Tokens as a line: what stands before the first line end or control token."""
        kept = [token for token in line if token not in self.controls]
        return self.vocabulary.decode(kept).split("\n")[0].rstrip()
