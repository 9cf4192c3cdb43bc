"""Records of nights that never were: one with everything, and one with nearly nothing."""

import math
from typing import Any

import msgspec

from understudy_protocol.night import NightSummary
from understudy_protocol.release import ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_trainer.night.record import (
    BeforeAfter,
    Comparison,
    InEditor,
    NightRecord,
    Point,
    Practised,
    PractisedRound,
    Spent,
)

AT = 1_795_575_600_000
"""25 November 2026, 03:00 UTC."""

PREFIX = """class Command:
    def invoke(self, ctx: Context) -> Any:
        \"\"\"Given a context, this invokes the attached callback.\"\"\"
        if self.deprecated:
            message = _("DeprecationWarning: {name!r} is deprecated.")
            echo(style("""


def full(**fields: Any) -> NightRecord:
    """A promoted night with everything; `fields` replace those of the record."""
    record = NightRecord(
        summary=NightSummary(
            repository=RepositoryId("click-0123456789ab"),
            began_at=AT,
            ended_at=AT + 592_000,
            outcome="promoted",
            reason="It is better on new code (+0.370 nats a token, 95 % +0.300 to +0.440) and "
            "forgot little.",
            parent=ReleaseVersion("3f9a01b2c3d4"),
            release=ReleaseVersion("77aa01b2c3d4"),
            examples=1851,
            holes=142,
            gain=0.37,
            gain_low=0.3,
            gain_high=0.44,
            forgetting=0.004,
        ),
        name="pallets/click",
        base_model="prompter-105m",
        commit="c" * 40,
        proved_until="d" * 40,
        since="b" * 40,
        commits=52,
        examples={"implementation": 1210, "evolution": 402, "design": 239, "experience": 0},
        left_out={"generated": 12, "too large": 3, "merge": 17, "holds a secret": 1},
        notes=("No gateway runs, so nothing was learned from experience.",),
        curve=tuple(
            Point(
                step,
                1.6 + 1.2 * math.exp(-step / 60) + 0.2 * math.sin(7.3 * step),
                None if step % 3 else 2.0 - 0.0005 * step + 0.15 * math.sin(5.1 * step),
            )
            for step in range(1, 401)
        ),
        steps=400,
        tokens=1_234_567,
        ended_by="passes",
        budget_s=600.0,
        comparisons=compared(
            ("new code", 142, 1710, 2.612, 2.434, 2.051, 0.383, 0.311, 0.462),
            ("new code, with snippets", 142, 1710, 2.337, 2.186, 1.829, 0.357, 0.289, 0.43),
            ("earlier holes", 33, 402, 1.912, 1.455, 1.461, -0.006, -0.031, 0.017),
            ("other code", 33, 388, 1.233, 1.241, 1.252, -0.011, -0.019, -0.004),
        ),
        task_set="9f00aa11bb22cc33",
        exact_before=12,
        exact_after=19,
        asked=60,
        in_editor=InEditor(asked=31, exact_before=6, exact_after=9),
        samples=samples(10),
        spent=(
            Spent("gather", 3.2, 2.9, 61.0),
            Spent("curriculum", 21.4, 20.8, 402.0),
            Spent("proof of the base", 71.0, 139.0, 2100.5),
            Spent("learn", 401.3, 790.0, 14033.0),
            Spent("proof", 70.5, 138.0, 2088.0),
            Spent("answers", 22.0, 41.0, 655.0),
            Spent("publish", 1.1, 0.4, 20.0),
        ),
        settings={"mode": "lora", "rank": 64, "learning_rate": 0.002, "fim_format": None},
        machine={"cpu": "AMD EPYC", "cores": 2, "memory_gib": 31.3, "python": "3.11.9"},
        practised=Practised(
            holes=71,
            is_used=True,
            reason="What it writes is worth more (+0.041 a line, 95 % +0.008 to +0.077).",
            worth_before=-0.052,
            worth_after=-0.011,
            low=0.008,
            high=0.077,
            right_before=0.11,
            right_after=0.14,
            rounds=tuple(
                PractisedRound(128, 0.03 + 0.001 * at, -0.11 + 0.002 * at, 14, 3)
                for at in range(24)
            ),
            served=9,
            pairs=12,
            lessons_tried=6,
            lessons_kept=2,
        ),
    )
    return msgspec.structs.replace(record, **fields)


def empty(**fields: Any) -> NightRecord:
    """There was nothing new, no parent, no meter, nothing to show."""
    record = NightRecord(
        summary=NightSummary(
            repository=RepositoryId("click-0123456789ab"),
            began_at=AT,
            ended_at=AT + 1_300,
            outcome="nothing new",
            reason="There is nothing to learn from.",
        ),
        name="click",
        base_model="prompter-105m",
        budget_s=600.0,
        spent=(Spent("gather", 1.3, 1.2, None),),
    )
    return msgspec.structs.replace(record, **fields)


def summarised(record: NightRecord, **fields: Any) -> NightRecord:
    """The record with these fields of its summary."""
    summary = msgspec.structs.replace(record.summary, **fields)
    return msgspec.structs.replace(record, summary=summary)


def not_promoted() -> NightRecord:
    """On a first night, without a parent and without a meter."""
    reason = (
        "The gain on new code does not exclude zero (+0.012 nats a token, 95 % -0.010 to +0.034)."
    )
    record = full(
        comparisons=compared(
            ("new code", 142, 1710, 2.612, 2.612, 2.602, 0.010, -0.012, 0.032),
            ("new code, with snippets", 142, 1710, 2.337, 2.337, 2.323, 0.014, -0.01, 0.04),
            ("other code", 33, 388, 1.233, 1.233, 1.239, -0.006, -0.015, 0.003),
        ),
        since=None,
        spent=tuple(msgspec.structs.replace(each, joules=None) for each in full().spent),
    )
    return summarised(
        record, outcome="not promoted", reason=reason, parent=None, release=None,
        gain=0.012, gain_low=-0.01, gain_high=0.034,
    )  # fmt: skip


def compared(*rows: Any) -> tuple[Comparison, ...]:
    return tuple(Comparison(*row) for row in rows)


def samples(number: int) -> tuple[BeforeAfter, ...]:
    written = '_("Warning: {name}").format(name=self.name), fg="red"), err=True)'
    answers = (
        ('message, fg="yellow"))', written),
        (written, "message)"),
        ("self.name", ""),
        (written, written),
    )
    return tuple(
        BeforeAfter(
            path=f"src/click/core_{each}.py",
            kind="after_opening_bracket",
            prefix=PREFIX,
            middle=written,
            before=answers[each % 4][0],
            after=answers[each % 4][1],
            through="language server" if each % 2 else "model",
        )
        for each in range(number)
    )
