"""What a night says in the terminal when it is over."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from understudy_trainer.backtest.wording import counted
from understudy_trainer.night.headline import (
    OUTCOMES,
    beside,
    change,
    energy,
    headline,
    percent_signed,
    seconds,
    signed,
    span,
)
from understudy_trainer.night.practice_section import said
from understudy_trainer.night.record import NightRecord

COLOURS = {"good": "green", "bad": "red", "muted": "yellow"}


def table(record: NightRecord) -> RenderableType:
    """For 80 columns; the page has the rest."""
    sign, kind = OUTCOMES[record.summary.outcome]
    # Everything is text: names may hold brackets.
    parts: list[RenderableType] = [
        Text.assemble((f"{sign} ", f"bold {COLOURS[kind]}"), (headline(record), "bold")),
    ]
    if record.comparisons:
        parts.append(_proof(record))
    if record.asked:
        was = f"{record.exact_before} before, {record.exact_after} after"
        parts.append(Text(f"Written exactly, of {record.asked} held-out lines: {was}."))
    if learned := _counts(record.examples):
        examples = sum(record.examples.values())
        commits = counted(record.commits, "commit", "commits")
        parts.append(Text(f"Learned {examples:,} examples ({learned}) from {commits}."))
    if left_out := _counts(record.left_out):
        parts.append(Text(f"Left out: {left_out}."))
    if record.practised is not None:
        parts.append(Text(said(record.practised)))
    if record.spent:
        parts.append(Text(f"Spent: {_spent(record)}."))
    parts += [Text(note) for note in record.notes]
    return Group(*parts)


def _proof(record: NightRecord) -> Table:
    third = beside(record)
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    made.add_column("nats a token")
    arms = ("base", third, "candidate") if third else ("base", "candidate")
    for name in ("holes", *arms, "gain", "change", "95 %"):
        made.add_column(name, justify="right", no_wrap=True)
    for each in record.comparisons:
        losses = (each.base, each.parent, each.candidate)
        moved = change(each)
        made.add_row(
            Text(each.name),
            str(each.holes),
            *(f"{loss:.3f}" for loss in (losses if third else losses[::2])),
            signed(each.gain),
            percent_signed(moved.value),
            span(moved),
        )
    return made


def _counts(counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{number:,} {name}" for name, number in ordered if number)


def _spent(record: NightRecord) -> str:
    stages = ", ".join(f"{each.stage} {seconds(each.seconds)}" for each in record.spent)
    joules = [each.joules for each in record.spent if each.joules is not None]
    used = energy(sum(joules) if len(joules) == len(record.spent) else None)
    whole = seconds(sum(each.seconds for each in record.spent))
    return f"{whole} ({stages}); energy {used}"
