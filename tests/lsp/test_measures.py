"""What is known of a suggestion before it is shown, as numbers."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from snapshots import snapshot_of

from understudy_lsp.hole.hole import find_hole
from understudy_lsp.lately import Recall
from understudy_lsp.measures import measured
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId, LogprobSummary
from understudy_protocol.events import Reuse, Source
from understudy_protocol.outcome import Features

SCORES = LogprobSummary(tokens=3, mean=-0.5, lowest=-1.25, first=-0.1)


def of(
    marked: str,
    *,
    text: str = "xyzw",
    recall: Recall = Recall(),  # noqa: B008
    logprobs: LogprobSummary | None = None,
    waited_s: float = 0.0,
    caution: float = 1.0,
    **fields: object,
) -> Features:
    snapshot = snapshot_of(marked)
    suggestion = Suggestion(
        completion=CompletionId("c1"),
        uri=snapshot.uri,
        offset=snapshot.offset,
        text=text,
        **fields,  # pyright: ignore[reportArgumentType]
    )
    return measured(
        suggestion,
        recall,
        logprobs=logprobs,
        snapshot=snapshot,
        hole=find_hole(snapshot, None),
        waited_s=waited_s,
        caution=caution,
    )


ALWAYS = {"length": 1.609, "first_word": 1.609}


@pytest.mark.parametrize(
    ("features", "measures"),
    [
        (of("‸"), {"line_start": 1}),
        (of("    ‸"), {"line_start": 1, "before": 1.609}),
        (of("wid‸"), {"stem": 1.386, "joins": 1, "before": 1.386}),
        (of("f(‸)"), {"sign": 1, "before": 1.099}),
        (of("x = ‸"), {"sign": 1, "before": 1.609}),
        (of("return ‸"), {"before": 2.079}),
        (of("return ‸ + 1"), {"before": 2.079, "right": 1}),
        (of("# a ‸"), {"before": 1.609, "text": 1}),
        (of("‸", likelihood=0.5), {"line_start": 1, "known": 1}),
        (of("‸", likelihood=0.9), {"line_start": 1, "known": 1, "odds": 2.197}),
        (of("‸", likelihood=0.0), {"line_start": 1, "known": 1, "odds": -9.21}),
        (
            of("‸", logprobs=SCORES),
            {"line_start": 1, "total": -1.5, "lowest": -1.25, "first": -0.1, "tokens": 1.386},
        ),
        (of("‸", source=Source.COPY), {"line_start": 1, "copied": 1}),
        (of("‸", reuse=Reuse.CACHE), {"line_start": 1, "reused": 1}),
        (
            of("‸", text="a\n b"),
            {"line_start": 1, "first_word": 0.693, "lines": 0.693},
        ),
        (of("‸", text="x"), {"line_start": 1, "length": 0.693, "short": 1, "first_word": 0.693}),
        (
            of("wid‸", text="()+--"),
            {"stem": 1.386, "before": 1.386, "wordless": 1, "length": 1.792, "first_word": 0},
        ),
        (
            of("‸", recall=Recall(taken=-0.25, again=2, again_taken=1, on_line=3)),
            {
                "line_start": 1,
                "lately": -0.25,
                "again": 1.099,
                "again_taken": 0.693,
                "on_line": 1.386,
            },
        ),
        (of("‸", waited_s=0.099), {"line_start": 1, "waited": 4.605}),
        (of("‸", caution=math.e**2), {"line_start": 1, "weary": 2}),
    ],
)
def test_a_suggestion_is_measured(features: Features, measures: dict[str, float]) -> None:
    expected = {name: value for name, value in (ALWAYS | measures).items() if value}
    assert msgspec.json.decode(msgspec.json.encode(features)) == expected


ANY_NUMBER = st.floats(allow_nan=True, allow_infinity=True)


@given(
    st.builds(
        LogprobSummary,
        tokens=st.integers(0, 2000),
        mean=ANY_NUMBER,
        lowest=ANY_NUMBER,
        first=ANY_NUMBER,
    ),
    ANY_NUMBER,
    st.floats(0, 1),
)
def test_whatever_the_engine_says_the_event_can_be_sent(
    logprobs: LogprobSummary, waited_s: float, likelihood: float
) -> None:
    features = of("‸", logprobs=logprobs, waited_s=waited_s, likelihood=likelihood)
    msgspec.json.decode(msgspec.json.encode(features), type=Features)
