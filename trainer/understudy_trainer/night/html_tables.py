"""The tables on a night's page: its proof, what it learned from, what it spent."""

from collections.abc import Mapping, Sequence

from understudy_trainer.backtest.wording import counted
from understudy_trainer.night.headline import (
    Change,
    beside,
    change,
    energy,
    percent_signed,
    seconds,
    signed,
    span,
)
from understudy_trainer.night.record import Comparison, NightRecord, Spent
from understudy_trainer.repoworld.markup import Markup, element, joined

STYLE = """
.short { width: auto; min-width: min(24rem, 100%); }
.short th[scope=row] { min-width: 6rem; }
.short .bar { width: 7rem; } .short .share { display: inline-block; min-width: 3.2rem; }
.figures th[scope=row] { font-weight: 400; min-width: 8rem; }
.figures td small { white-space: nowrap; }
.facts th { width: 13rem; } .facts td { overflow-wrap: anywhere; }
tfoot th, tfoot td { font-weight: 600; border-bottom: 0; }
@media (max-width: 36rem) { .short .bar { display: none; } .facts th { width: 9rem; } }
"""


def proof_table(record: NightRecord) -> Markup:
    """What matters comes first, for it is all that a phone shows. Without a parent its column would
    say what the base model's says."""
    third = beside(record)
    arms = ["base", *([third] if third else []), "candidate"]
    rows = [
        element(
            "tr",
            element("th", each.name, element("small", _size(each)), scope="row"),
            _changed(each),
            _cell(f"{each.base:.3f}"),
            *((_cell(f"{each.parent:.3f}"),) if third else ()),
            _cell(f"{each.candidate:.3f}"),
            _cell(signed(each.gain), f"{signed(each.low)} to {signed(each.high)}"),
        )
        for each in record.comparisons
    ]
    return _table(["holes", "change", *arms, "gain"], rows, class_="figures")


def verdict(each: Comparison) -> str:
    """In words, what the interval of a gain says."""
    if each.low > 0:
        return "better"
    return "worse" if each.high < 0 else "unclear"


def counts_table(counts: Mapping[str, int], *, what: str, how_many: str) -> Markup:
    """The most first, with its share of all."""
    whole = sum(counts.values())
    rows = [
        element(
            "tr",
            element("th", name, scope="row"),
            _cell(f"{number:,}"),
            _bar(number / whole),
        )
        for name, number in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        if number
    ]
    return _table([what, how_many, "share"], rows, class_="short")


def spent_table(spent: Sequence[Spent]) -> Markup:
    whole = sum(each.seconds for each in spent)
    rows = [_spent(each, whole) for each in spent]
    joules = [each.joules for each in spent if each.joules is not None]
    total = Spent(
        "together",
        whole,
        sum(each.cpu_s for each in spent),
        sum(joules) if len(joules) == len(spent) else None,
    )
    return _table(
        ["stage", "time", "share", "processor", "energy"],
        rows,
        class_="short",
        foot=_spent(total, 0.0),
    )


def _spent(each: Spent, whole: float) -> Markup:
    return element(
        "tr",
        element("th", each.stage, scope="row"),
        _cell(seconds(each.seconds)),
        _bar(each.seconds / whole) if whole else element("td"),
        _cell(seconds(each.cpu_s)),
        _cell(energy(each.joules)),
    )


def _size(each: Comparison) -> str:
    return f"{counted(each.holes, 'hole', 'holes')}, {counted(each.tokens, 'token', 'tokens')}"


def _changed(each: Comparison) -> Markup:
    moved: Change = change(each)
    said = verdict(each)
    name = {"better": "number good", "worse": "number bad"}.get(said, "number")
    return element(
        "td",
        percent_signed(moved.value),
        element("small", f"{span(moved)} %"),
        element("small", said),
        class_=name,
    )


def _table(
    names: Sequence[str], rows: Sequence[Markup], *, class_: str, foot: Markup | None = None
) -> Markup:
    first, *others = names
    head = element("tr", element("th", first), *(element("th", n, class_="number") for n in others))
    below = () if foot is None else (element("tfoot", foot),)
    table = element(
        "table", element("thead", head), joined(element("tbody", *rows), *below), class_=class_
    )
    # Whoever has only keys can scroll it, too.
    return element("div", table, class_="scroll", tabindex="0")


def _cell(text: str, small: str = "") -> Markup:
    below = (element("small", small),) if small else ()
    return element("td", text, *below, class_="number")


def _bar(share: float) -> Markup:
    bar = element("span", class_="bar", style=f"--share: {100 * share:.0f}%")
    # As wide whatever it is, so that the bars begin below each other.
    said = element("span", f"{100 * share:.0f} %", class_="share")
    return element("td", bar, said, class_="number")
