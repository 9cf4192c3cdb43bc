"""Ten suggestions: the code before, what was suggested, what was written."""

from understudy_trainer.backtest.examples import Example, Examples
from understudy_trainer.backtest.wording import counted, date, kind_name
from understudy_trainer.repoworld.markup import Markup, element, joined

STYLE = """
.example h4 { margin: 0; font-size: .95rem; overflow-wrap: anywhere; }
.example p { margin: .2rem 0 .4rem; }
.example pre { white-space: pre-wrap; overflow-wrap: anywhere; }
"""

BEFORE = 6
"""Lines, the cursor's own aside."""


def cards(examples: Examples) -> Markup:
    return joined(
        element("h3", "Taken"),
        *_list(examples.taken, "No suggestion was taken."),
        element("h3", "Wrong, and shown longest"),
        *_list(examples.wrong, "No wrong suggestion was shown."),
    )


def _list(examples: tuple[Example, ...], otherwise: str) -> list[Markup]:
    return [_card(each) for each in examples] or [element("p", otherwise)]


def _card(example: Example) -> Markup:
    sight = example.sight
    above, _, line = sight.before.rpartition("\n")
    lines = above.strip("\n").split("\n")[-BEFORE:] if above.strip() else []
    about = (kind_name(sight.kind), *_about(example))
    before = (element("pre", element("code", "\n".join(lines), class_="muted")),) if lines else ()
    start = element("span", line, class_="muted")
    return element(
        "article",
        element("h4", example.path),
        element("p", " · ".join(about), class_="note"),
        *before,
        element(
            "div",
            element(
                "div",
                element("p", "Suggested", class_="note"),
                element("pre", element("code", start, _marked(example))),
            ),
            element(
                "div",
                element("p", "Written", class_="note"),
                element("pre", element("code", start, sight.truth or "(nothing)")),
            ),
            class_="columns",
        ),
        class_="card example",
    )


def _about(example: Example) -> tuple[str, ...]:
    sight = example.sight
    whole = counted(len(sight.text), "character", "characters")
    return (
        "copied from the repository" if sight.source == "copy" else "by the model",
        f"stood {sight.dwell_ms / 1000:.1f} s",
        f"{sight.taken} of {whole} taken" if sight.taken else "not taken",
        f"commit {example.commit[:8]} of {date(example.at)}",
    )


def _marked(example: Example) -> Markup:
    text, agrees = example.sight.text, example.agrees
    right = (element("mark", text[:agrees]),) if agrees else ()
    # What lies behind the end of the truth that is known is neither right nor wrong.
    is_judged = agrees < len(example.sight.truth) or not example.sight.truth
    rest = element("mark", text[agrees:], class_="bad") if is_judged else text[agrees:]
    return joined(*right, *((rest,) if text[agrees:] else ()))
