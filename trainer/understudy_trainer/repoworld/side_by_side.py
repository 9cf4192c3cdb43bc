"""Twenty holes, and what each agent wrote there."""

from collections.abc import Mapping, Sequence

from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.markup import Markup, element, joined
from understudy_trainer.repoworld.results import Result

STYLE = """
.hole { break-inside: avoid; }
.hole h3 { margin: 0; }
.hole p { margin: 0 0 .6rem; overflow-wrap: anywhere; }
.hole dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1rem;
  margin: .7rem 0 0; max-width: none; font-size: .875rem; }
.hole dt { color: var(--muted); }
.hole dd { margin: 0; overflow-wrap: anywhere; }
.hole dd code { white-space: pre-wrap; }
.hole i { font-style: normal; }
@media (max-width: 36rem) { .hole dl { grid-template-columns: 1fr; gap: 0; }
  .hole dd { margin-bottom: .4rem; } }
"""

SHOWN = 20
BEFORE = 6
"""Lines before the hole."""
AFTER = 2
"""Lines behind it."""
LONGEST = 400
"""Characters of an answer."""


def chosen(holes: Sequence[Hole]) -> list[Hole]:
    """The first of each kind in the order of their ids, then the second of each; ids are hashes,
    so nobody has chosen."""
    seen: dict[str, int] = {}
    order: list[tuple[int, str, Hole]] = []
    for hole in sorted(holes, key=lambda hole: hole.id):
        seen[hole.kind] = seen.get(hole.kind, 0) + 1
        order.append((seen[hole.kind], hole.id, hole))
    return [hole for _, _, hole in sorted(order, key=lambda each: each[:2])[:SHOWN]]


def side_by_side(hole: Hole, results: Mapping[str, Result]) -> Markup:
    """`results` are of this hole, by agent."""
    answers: list[Markup] = []
    for agent, result in results.items():
        answers += [element("dt", agent), _answer(result)]
    line = hole.prefix.count("\n") + 1
    return element(
        "article",
        element("h3", hole.kind),
        element("p", f"{hole.world} · {hole.path}, line {line}", class_="note"),
        element("pre", element("code", _code(hole))),
        element("dl", *answers),
        class_="card hole",
    )


def _code(hole: Hole) -> Markup:
    before = "\n".join(hole.prefix.split("\n")[-BEFORE - 1 :])
    after = "\n".join(hole.suffix.split("\n")[: AFTER + 1]).rstrip()
    return joined(before, element("mark", hole.middle), after)


def _answer(result: Result) -> Markup:
    if not result.answer.candidates:
        return element("dd", "nothing", class_="muted")
    text = result.answer.candidates[0].rstrip()
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    sign = element("i", "✓", class_="good") if result.success else element("i", "✗", class_="bad")
    return element("dd", sign, " ", element("code", shown))
