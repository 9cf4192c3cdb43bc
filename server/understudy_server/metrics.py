"""What Prometheus reads at `/metrics`. Labels are closed sets, so memory does not grow with use."""

import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from understudy_protocol.completion import Completion
from understudy_protocol.events import Discarded, EventBatch
from understudy_server.night_metrics import NightCollector

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

MOST_DETAILS = 40
"""Words for why a suggestion was hidden; the language server has about fifteen."""


class Metrics:
    def __init__(self, nights_dir: Path) -> None:
        registry = CollectorRegistry()
        registry.register(NightCollector(nights_dir))
        self.last_completion: float | None = None
        """Monotonic seconds."""
        self._registry = registry
        self.stage = Histogram(
            "understudy_completion_seconds",
            "Time from reading the request to the end of each stage",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.completions = Counter(
            "understudy_completions", "Completions by how they ended", ["finish"], registry=registry
        )
        self.problems = Counter(
            "understudy_problems",
            "Requests refused or failed, by problem code",
            ["code"],
            registry=registry,
        )
        self.prompt_tokens = Counter(
            "understudy_prompt_tokens", "Tokens of prompts of completions", registry=registry
        )
        self.output_tokens = Counter(
            "understudy_output_tokens", "Tokens that completions were made of", registry=registry
        )
        self.in_flight = Gauge(
            "understudy_completions_in_flight", "Completions running now", registry=registry
        )
        self.events = Counter(
            "understudy_events",
            "Events stored for the first time or again",
            ["kind", "source"],
            registry=registry,
        )
        self.hidden = Counter(
            "understudy_hidden_suggestions",
            "Suggestions that were never shown, by why",
            ["reason", "detail"],
            registry=registry,
        )
        self._details: set[str] = set()
        self.copied = Counter(
            "understudy_copied_completions",
            "Completions that clients copied from the repository, stored for the first time or "
            "again",
            registry=registry,
        )
        self.released = Counter(
            "understudy_released_completions",
            "Completions by whether a release or the base model answered",
            ["by"],
            registry=registry,
        )
        self.releases = Gauge(
            "understudy_releases_loaded", "Releases whose adapter is loaded", registry=registry
        )
        self.engines_ready = Gauge(
            "understudy_engines_ready", "Engines that answer", registry=registry
        )
        self.engine_restarts = Gauge(
            "understudy_engine_restarts",
            "Times the engine had to be started again",
            registry=registry,
        )

    def observe(self, completion: Completion) -> None:
        self.last_completion = time.monotonic()
        self.prompt_tokens.inc(completion.prompt_tokens)
        self.output_tokens.inc(len(completion.token_logprobs))
        timings = completion.timings
        self.stage.labels("admitted").observe(timings.admitted_ms / 1000)
        self.stage.labels("rendered").observe(timings.rendered_ms / 1000)
        if timings.first_text_ms is not None:
            self.stage.labels("first_text").observe(timings.first_text_ms / 1000)
        self.stage.labels("total").observe(timings.total_ms / 1000)
        self.completions.labels(completion.finish.value).inc()
        self.released.labels("base" if completion.release is None else "release").inc()

    def observe_batch(self, batch: EventBatch) -> None:
        self.copied.inc(len(batch.completions))
        for event in batch.events:
            self.events.labels(event.__struct_config__.tag, event.source.value).inc()
            if isinstance(event, Discarded):
                self.hidden.labels(event.reason.value, self._detail(event.detail)).inc()

    def _detail(self, said: str) -> str:
        """Clients choose the words, so only so many of them become labels."""
        if len(self._details) < MOST_DETAILS:
            self._details.add(said)
        return said if said in self._details else "other"

    def render(self) -> bytes:
        return generate_latest(self._registry)
