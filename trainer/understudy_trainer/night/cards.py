"""Completions before and after the night: the code before, what the person wrote, both answers."""

from understudy_trainer.backtest.wording import kind_name
from understudy_trainer.night.before_after import right
from understudy_trainer.night.headline import before
from understudy_trainer.night.record import BeforeAfter, NightRecord
from understudy_trainer.repoworld.markup import Markup, element, joined

STYLE = """
.sample h3 { margin: 0; overflow-wrap: anywhere; }
.sample p { margin: 0 0 .6rem; }
.sample dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1rem;
  margin: .7rem 0 0; max-width: none; font-size: .875rem; }
.sample dt { color: var(--muted); }
.sample dd { margin: 0; overflow-wrap: anywhere; }
.sample dd code { white-space: pre-wrap; }
.sample b { font-weight: 600; }
@media (max-width: 36rem) { .sample dl { grid-template-columns: 1fr; gap: 0; }
  .sample dd { margin-bottom: .4rem; } }
"""

LONGEST = 400
"""Characters of an answer."""

WHO = {"language server": "asked through the language server", "model": "asked of the model itself"}


def cards(record: NightRecord) -> Markup:
    was = before(record)
    lines = (
        f"Of {record.asked:,} held-out lines {was} wrote {record.exact_before:,} exactly as the"
        f" person did, tonight's candidate {record.exact_after:,}."
    )
    if (told := record.in_editor) is not None:
        lines += (
            f" Through the language server {told.exact_before:,} of {told.asked:,} were right"
            f" before the promotion, and {told.exact_after:,} after it."
        )
    rule = (
        "What became right comes first, then what became wrong, then what changed. What the person"
        " wrote is marked; an answer in other words that would have done as well counts as wrong."
    )
    return joined(
        *((element("p", lines),) if record.asked else ()),
        element("p", rule, class_="note"),
        *(_card(each) for each in record.samples),
    )


def _card(each: BeforeAfter) -> Markup:
    return element(
        "article",
        element("h3", each.path),
        element("p", f"{kind_name(each.kind)} · {WHO[each.through]}", class_="note"),
        element("pre", element("code", each.prefix, element("mark", each.middle)), tabindex="0"),
        element(
            "dl",
            element("dt", "written"),
            element("dd", element("code", each.middle)),
            element("dt", "before"),
            _answer(each.before, each.middle),
            element("dt", "after"),
            _answer(each.after, each.middle),
        ),
        class_="card sample",
    )


def _answer(answer: str, middle: str) -> Markup:
    is_right = right(answer, middle)
    # A sign and a word, for whom green and red are one.
    sign = (
        element("b", "✓ right", class_="good")
        if is_right
        else element("b", "✗ wrong", class_="bad")
    )
    if not answer.strip():
        return element("dd", sign, " ", element("span", "(nothing)", class_="muted"))
    text = answer.rstrip()
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    return element("dd", sign, " ", element("code", shown))
