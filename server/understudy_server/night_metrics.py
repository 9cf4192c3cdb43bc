"""What the last night of each repository brought, for `/metrics`; read when somebody asks."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from understudy_protocol.night import LAST_FILE, NightSummary, Outcome

log = logging.getLogger(__name__)


class NightCollector(Collector):
    def __init__(self, nights_dir: Path) -> None:
        self._nights_dir = nights_dir
        self._damaged: set[Path] = set()
        """What was complained about; said once, not at each reading."""

    def collect(self) -> Iterator[Metric]:
        nights = list(self._nights())

        def gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
            return GaugeMetricFamily(
                f"understudy_night_{name}", about, labels=["repository", *labels]
            )

        last = gauge("last_timestamp_seconds", "When the last night ended")
        duration = gauge("duration_seconds", "How long the last night took")
        outcome = gauge("outcome", "1 for how the last night ended, else 0", "outcome")
        gain = gauge("gain", "Nats a token by which its candidate was better than its parent")
        forgetting = gauge("forgetting", "Share by which the loss on old code rose")
        examples = gauge("examples", "What the last night learned from")
        for night in nights:
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

    def _nights(self) -> Iterator[NightSummary]:
        for path in sorted(self._nights_dir.glob(f"*/{LAST_FILE}")):
            try:
                night = msgspec.json.decode(path.read_bytes(), type=NightSummary)
                if night.repository != path.parent.name:
                    raise ValueError(f"it is about {night.repository}")
            except (OSError, ValueError, RecursionError) as error:
                if path not in self._damaged:
                    self._damaged.add(path)
                    log.warning("%s is left out of the metrics: %s", path, error)
                continue
            self._damaged.discard(path)
            yield night
