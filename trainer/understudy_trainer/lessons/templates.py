"""Lessons from pairs of answers, by templates over their difference.

MEL (arXiv 2602.10224, equations 3 and 4) has the policy write critique and heuristic itself. A base
model that only completes code cannot, so that is where this differs: the difference of the two
statements in which the answers part (`bifurcation`) is put into a sentence. What templates cannot
say (an operator, a statement, several things at once) a model that can converse may say in its
`own_words`.
"""

import re
from collections.abc import Iterable
from posixpath import dirname

from understudy_protocol.lesson import Evidence, Lesson, Scope
from understudy_trainer.lessons.bifurcation import bifurcation
from understudy_trainer.lessons.difference import Difference, Kind, difference
from understudy_trainer.lessons.leak import is_fit
from understudy_trainer.lessons.merging import merged
from understudy_trainer.lessons.pair import Pair

LONGEST_NAME = 60
"""Characters of a name that may stand in a lesson."""
LONGEST_LITERAL = 20
"""Characters of a literal. What is longer is data, and may be anybody's."""

_NAME = re.compile(r"[^\W\d][\w$]*(?:(?:\.|::)[^\W\d][\w$]*)*")
_NAMES = re.compile(rf"{_NAME.pattern}(?:\s*,\s*{_NAME.pattern}){{1,2}}")
"""Two or three of them."""


def lessons_of(pairs: Iterable[Pair]) -> list[Lesson]:
    """Each lesson once, with all its evidence, in the order of the pairs. None is proved yet."""
    found: dict[str, Lesson] = {}
    for lesson in filter(None, map(lesson_of, pairs)):
        known = found.get(lesson.id)
        found[lesson.id] = lesson if known is None else merged(known, lesson)
    return list(found.values())


def lesson_of(pair: Pair) -> Lesson | None:
    """None if the difference makes none, or it would say the answer or a secret."""
    at = bifurcation(pair)
    between = None if at is None else difference(at)
    said = None if between is None else _said(between, pair)
    if at is None or between is None or said is None:
        return None
    heuristic, critique = said
    if not is_fit(heuristic, critique, pair):
        return None
    return Lesson(
        heuristic=heuristic,
        critique=critique,
        scope=_scope(between, pair),
        evidence=(Evidence(pair.hole.id, pair.hole.path, pair.commit, at.line, at.node),),
    )


def _scope(between: Difference, pair: Pair) -> Scope:
    language = pair.hole.language.removesuffix("react")
    if between.callee and between.kind is not Kind.CALL:
        return Scope(language, callee=between.callee)
    names = tuple(sorted({between.right, between.wrong}))
    return Scope(language, names=names, path=dirname(pair.hole.path))


def _said(between: Difference, pair: Pair) -> tuple[str, str] | None:
    """Heuristic and critique."""
    callee = between.callee
    if callee and not may_be_named(callee):
        return None
    match between.kind:
        case Kind.MISSING_ARGUMENT | Kind.EXTRA_ARGUMENT if callee:
            return _of_arguments(between, pair)
        case Kind.KEYWORD if callee and may_be_named(between.right) and may_be_named(between.wrong):
            right, wrong = (_keyword(each, pair) for each in (between.right, between.wrong))
            return (
                f"Calls of `{callee}` here pass {right}, not {wrong}.",
                f"An answer passed {wrong} to `{callee}`.",
            )
        case Kind.ORDER if callee and _NAMES.fullmatch(between.right):
            names = [name.strip() for name in between.right.split(",")]
            before = " before ".join(f"`{name}`" for name in names)
            return (
                f"Calls of `{callee}` here pass {before}.",
                f"An answer passed arguments of `{callee}` in another order.",
            )
        case Kind.NAME | Kind.LITERAL if callee and _may_be_said(between):
            right, wrong = (_passed(each, between, pair) for each in (between.right, between.wrong))
            return (
                f"Calls of `{callee}` here pass {right}, not {wrong}.",
                f"An answer passed {wrong} to `{callee}`.",
            )
        case Kind.CALL if may_be_named(between.right) and may_be_named(between.wrong):
            return _instead(between, "is called", "called")
        case Kind.TYPE if may_be_named(between.right) and may_be_named(between.wrong):
            return _instead(between, "is the type", "wrote the type")
        case Kind.NAME | Kind.ATTRIBUTE if may_be_named(between.right) and may_be_named(
            between.wrong
        ):
            return _instead(between, "is used", "used")
        case _:
            return None


def _of_arguments(between: Difference, pair: Pair) -> tuple[str, str] | None:
    callee, is_missing = between.callee, between.kind is Kind.MISSING_ARGUMENT
    if between.keywords and all(map(may_be_named, between.keywords)):
        names = " and ".join(_keyword(name, pair) for name in between.keywords)
        if is_missing:
            left_out = f"An answer left {names} out of a call of `{callee}`."
            return f"Calls of `{callee}` here pass {names}.", left_out
        added = f"An answer added {names} to a call of `{callee}`."
        return f"Calls of `{callee}` here do not pass {names}.", added
    if between.keywords or between.arguments is None:
        return None
    count = f"{between.arguments} argument{'' if between.arguments == 1 else 's'}"
    fewer = "fewer" if is_missing else "more"
    return f"Calls of `{callee}` here pass {count}.", f"An answer passed {fewer} to `{callee}`."


def _instead(between: Difference, holds: str, did: str) -> tuple[str, str]:
    return (
        f"Here `{between.right}` {holds}, not `{between.wrong}`.",
        f"An answer {did} `{between.wrong}`.",
    )


def _keyword(name: str, pair: Pair) -> str:
    return f"`{name}=`" if pair.hole.language == "python" else f"`{name}:`"


def _passed(value: str, between: Difference, pair: Pair) -> str:
    if not between.keywords:
        return f"`{value}`"
    return f"{_keyword(between.keywords[0], pair)[:-1]}{value}`"


def _may_be_said(between: Difference) -> bool:
    values = (between.right, between.wrong)
    if between.kind is Kind.NAME:
        return may_be_named(between.right) and all(map(_is_short, values))
    return all(map(_is_short, values))


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST_LITERAL and text.isprintable() and "`" not in text


def may_be_named(text: str) -> bool:
    """Whether it is a name, dotted perhaps, that may stand in a lesson."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None
