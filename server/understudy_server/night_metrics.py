"""What the last night of each repository brought, and how far the one is that runs, for `/metrics`;
read when somebody asks."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar, get_args

import msgspec
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from understudy_protocol.night import (
    LAST_FILE,
    RUNNING_FILE,
    NightRunning,
    NightSummary,
    Outcome,
)

T = TypeVar("T", NightRunning, NightSummary)

log = logging.getLogger(__name__)


class NightCollector(Collector):
    def __init__(self, nights_dir: Path) -> None:
        self._nights_dir = nights_dir
        self._damaged: set[Path] = set()
        """What was complained about; said once, not at each reading."""

    def collect(self) -> Iterator[Metric]:
        yield from self._of_the_last()
        yield from self._of_those_that_run()

    def _of_the_last(self) -> Iterator[Metric]:
        last = _gauge("last_timestamp_seconds", "When the last night ended")
        duration = _gauge("duration_seconds", "How long the last night took")
        outcome = _gauge("outcome", "1 for how the last night ended, else 0", "outcome")
        gain = _gauge("gain", "Nats a token by which its candidate was better than its parent")
        forgetting = _gauge("forgetting", "Share by which the loss on old code rose")
        examples = _gauge("examples", "What the last night learned from")
        for night in self._read(LAST_FILE, NightSummary):
            labels = [night.repository]
            last.add_metric(labels, night.ended_at / 1000)
            duration.add_metric(labels, (night.ended_at - night.began_at) / 1000)
            for each in get_args(Outcome):
                outcome.add_metric([*labels, each], float(each == night.outcome))
            if night.gain is not None:
                gain.add_metric(labels, night.gain)
            if night.forgetting is not None:
                forgetting.add_metric(labels, night.forgetting)
            examples.add_metric(labels, night.examples)
        yield from (last, duration, outcome, gain, forgetting, examples)

    def _of_those_that_run(self) -> Iterator[Metric]:
        running = _gauge("running", "1 while a night runs, by its stage", "stage")
        began = _gauge("running_since_timestamp_seconds", "When the night that runs began")
        steps = _gauge("running_steps", "Of the stage, done so far")
        planned = _gauge("running_steps_planned", "Of the stage, done and to be done")
        loss = _gauge("running_loss", "Nats a token, at the newest step of learning")
        spent = _gauge("running_budget_spent", "Share of the night's time that is over")
        for night in self._read(RUNNING_FILE, NightRunning):
            if not _is_there(night.process):
                continue
            labels = [night.repository]
            running.add_metric([*labels, night.stage], 1.0)
            began.add_metric(labels, night.began_at / 1000)
            steps.add_metric(labels, night.steps)
            planned.add_metric(labels, night.of)
            if night.loss is not None:
                loss.add_metric(labels, night.loss)
            spent.add_metric(labels, night.budget_spent)
        yield from (running, began, steps, planned, loss, spent)

    def _read(self, name: str, kind: type[T]) -> Iterator[T]:
        for path in sorted(self._nights_dir.glob(f"*/{name}")):
            try:
                night = msgspec.json.decode(path.read_bytes(), type=kind)
                if night.repository != path.parent.name:
                    raise ValueError(f"it is about {night.repository}")
            except FileNotFoundError:
                continue  # that night has just ended
            except (OSError, ValueError, RecursionError) as error:
                if path not in self._damaged:
                    self._damaged.add(path)
                    log.warning("%s is left out of the metrics: %s", path, error)
                continue
            self._damaged.discard(path)
            yield night


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"understudy_night_{name}", about, labels=["repository", *labels])


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
