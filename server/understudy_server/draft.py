"""A completion in the making: what has been rendered, streamed and measured so far."""

import time
import uuid

import msgspec

from understudy_protocol.completion import (
    Completion,
    CompletionEnd,
    CompletionId,
    CompletionRequest,
    FinishReason,
    LessonTold,
    LogprobSummary,
    Timings,
)
from understudy_protocol.fim import Parts, Prompt, render
from understudy_protocol.fim_formats import FimFormat
from understudy_protocol.fim_tokens import Tokenizer
from understudy_protocol.lesson import Lesson
from understudy_protocol.lesson_index import LessonIndex
from understudy_protocol.lesson_prompt import is_said, lessons_for, with_lessons


class Draft:
    def __init__(self, asked: CompletionRequest, *, person: str | None, started: float) -> None:
        self.id = CompletionId(asked.id or str(uuid.uuid4()))
        self.prompt = Prompt(ids=[], kept=Parts(prefix="", suffix="", path=asked.path), healed="")
        self.finish = FinishReason.CANCELLED  # until something better is known
        self.logprobs: tuple[float, ...] = ()
        self.admitted_ms = 0.0
        self._told: list[Lesson] = []
        self._rendered_ms = 0.0
        self._first_text_ms: float | None = None
        self._asked = asked
        self._person = person
        self._started = started
        self._crlf = "\r\n" in asked.prefix or "\r\n" in asked.suffix
        self._texts: list[str] = []

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self._started) * 1000

    def render(
        self, *, lessons: LessonIndex, fmt: FimFormat, tokenizer: Tokenizer, budget: int
    ) -> None:
        """Models are trained on `\\n` alone, so `\\r\\n` is taken off here and put back by
        `add`."""
        asked = self._asked
        prefix, suffix = asked.prefix, asked.suffix
        if self._crlf:
            prefix, suffix = prefix.replace("\r\n", "\n"), suffix.replace("\r\n", "\n")
        parts = Parts(
            prefix=prefix,
            suffix=suffix,
            path=asked.path,
            repository=asked.repository.rpartition("-")[0],
            snippets=asked.snippets,
        )
        told = lessons_for(parts, lessons, language=asked.language, budget=budget)
        parts = with_lessons(parts, told)
        self.prompt = render(parts, fmt=fmt, tokenizer=tokenizer, budget=budget)
        self._told = [lesson for lesson in told if is_said(lesson, self.prompt.kept.snippets)]
        self._rendered_ms = self.elapsed_ms()

    def add(self, text: str) -> str:
        """Takes more text in; returns it as the client is to see it."""
        if self._first_text_ms is None:
            self._first_text_ms = self.elapsed_ms()
        if self._crlf:
            text = text.replace("\n", "\r\n")
        self._texts.append(text)
        return text

    def completion(self, *, model: str, fim_format: str, release: str | None) -> Completion:
        asked, kept = self._asked, self.prompt.kept
        return Completion(
            id=self.id,
            repository=asked.repository,
            at=time.time_ns() // 1_000_000,
            path=asked.path,
            language=asked.language,
            prefix=kept.prefix,
            suffix=kept.suffix,
            snippets=kept.snippets,
            mode=asked.mode,
            text="".join(self._texts),
            finish=self.finish,
            model=model,
            fim_format=fim_format,
            release=release,
            max_tokens=asked.max_tokens,
            temperature=asked.temperature,
            seed=asked.seed,
            token_logprobs=self.logprobs,
            timings=Timings(
                admitted_ms=self.admitted_ms,
                rendered_ms=self._rendered_ms,
                first_text_ms=self._first_text_ms,
                total_ms=self.elapsed_ms(),
            ),
            session=asked.session,
            person=self._person,
            prompt_tokens=len(self.prompt.ids),
        )

    def end(self, completion: Completion, *, remembered: bool) -> CompletionEnd:
        return CompletionEnd(
            id=completion.id,
            text=completion.text,
            finish=completion.finish,
            model=completion.model,
            fim_format=completion.fim_format,
            release=completion.release,
            prompt_tokens=completion.prompt_tokens,
            remembered=remembered,
            logprobs=_summary(completion.token_logprobs),
            timings=msgspec.structs.replace(completion.timings, total_ms=self.elapsed_ms()),
            lessons=tuple(LessonTold(each.id, each.heuristic) for each in self._told),
        )


def _summary(logprobs: tuple[float, ...]) -> LogprobSummary | None:
    if not logprobs:
        return None
    mean = sum(logprobs) / len(logprobs)
    return LogprobSummary(tokens=len(logprobs), mean=mean, lowest=min(logprobs), first=logprobs[0])
