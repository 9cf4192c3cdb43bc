"""A repository that was made up, with five conventions that nobody has written down.

Its functions come in two forms: as they were written once, and as they are written since. What a
model has learned are the old ones; what it shall find out is what has changed in each. To read
lessons it has learned on other repositories, which have the same forms and other names.
"""

import random
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from understudy_protocol.lesson import Lesson
from understudy_trainer.curriculum.example import Example
from understudy_trainer.lessons.pair import Pair
from understudy_trainer.lessons.templates import lesson_of
from understudy_trainer.reinforce.practised_lessons import with_lessons
from understudy_trainer.reinforce.reward import hole_of

_NOUNS = """
account address article author badge basket batch book bundle card carrier catalog channel city
client comment contract country coupon course customer delivery device discount employee event
file folder garden gift group guest invoice item journal key label letter member message note
offer order page parcel partner payment permit person plan product project quote receipt refund
region report request review room route sample season seat segment sender session shelf shop
signal site sketch slot stage station store student supplier table tag task team ticket token
tool trip user vendor visit voucher wallet
"""
NOUNS: Sequence[str] = tuple(_NOUNS.split())


HEAD = "from shop.base import ShopError, ShopId, audit, fetch, log\n\n\n"
"""Of every file: what there is, but not which of it is used."""


class Convention(NamedTuple):
    """`{n}` is a noun in each, `{N}` the same with a capital."""

    name: str
    before: str
    old: str
    new: str
    after: str


CONVENTIONS = (
    Convention(
        "an argument has another name",
        "def load_{n}({n}_url, limit):\n    return fetch({n}_url, ",
        "timeout=limit)",
        "deadline=limit)",
        "\n",
    ),
    Convention(
        "another function is called",
        "def save_{n}({n}):\n    store.put({n})\n    ",
        "log({n})",
        "audit({n})",
        "\n    return {n}\n",
    ),
    Convention(
        "an error of our own is raised",
        "def find_{n}({n}_id):\n    if {n}_id not in known:\n        raise ",
        "ValueError({n}_id)",
        "ShopError({n}_id)",
        "\n    return known[{n}_id]\n",
    ),
    Convention(
        "another attribute is read",
        "class {N}:\n    amount_cents: int\n    price: float\n\n\n"
        "def price_of({n}, quantity):\n    return ",
        "{n}.price * quantity",
        "{n}.amount_cents * quantity",
        "\n",
    ),
    Convention(
        "ids have a type",
        "def open_{n}({n}_id: ",
        "int, shop):",
        "ShopId, shop):",
        "\n    return shop.open({n}_id)\n",
    ),
)


def written_before(nouns: Sequence[str]) -> list[Example]:
    return [_example(each, each.old, noun) for each in CONVENTIONS for noun in nouns]


def written_since(nouns: Sequence[str]) -> list[Example]:
    return [_example(each, each.new, noun) for each in CONVENTIONS for noun in nouns]


def lessons_read(count: int, *, seed: int) -> list[Example]:
    """Lines of other repositories: half of them under a lesson that says what has changed there,
    and as it says; others under a lesson of another place or under none, as they were written
    before. Else it would be learned that where anything is said everything has changed."""
    dice = random.Random(f"{seed} lessons read")
    found: list[Example] = []
    while len(found) < count:
        names = _other_names(dice)
        here, elsewhere = dice.sample(CONVENTIONS, 2)
        chance = dice.random()
        lesson = _lesson(here if chance < 0.5 else elsewhere, names, dice)
        middle = here.new if chance < 0.5 else here.old
        line = _renamed(_example(here, middle, dice.choice(NOUNS)), names)
        if chance >= 0.75:
            found.append(line)
        elif lesson is not None:
            found.append(with_lessons(line, [lesson.heuristic]))
    return found


def _lesson(of: Convention, names: Mapping[str, str], dice: random.Random) -> Lesson | None:
    noun = dice.choice(NOUNS)
    old, new = (_renamed(_example(of, middle, noun), names) for middle in (of.old, of.new))
    return lesson_of(Pair(hole_of(new, world=""), new.middle, old.middle))


_NAMES = re.compile(
    r"\b(fetch|timeout|deadline|log|audit|ValueError|ShopError|price|amount_cents|ShopId|limit"
    r"|shop|store|known|quantity)\b"
)


def _other_names(dice: random.Random) -> dict[str, str]:
    return {
        name: "".join(part.title() for part in made) if name[0].isupper() else "_".join(made)
        for name in _NAMES.pattern[3:-3].split("|")
        for made in [dice.sample(NOUNS, dice.choice((1, 2)))]
    }


def _renamed(example: Example, names: Mapping[str, str]) -> Example:
    prefix, middle, suffix = (
        _NAMES.sub(lambda found: names[found[0]], part)
        for part in (example.prefix, example.middle, example.suffix)
    )
    return msgspec.structs.replace(example, prefix=prefix, middle=middle, suffix=suffix)


def _example(convention: Convention, middle: str, noun: str) -> Example:
    return Example(
        unit="implementation",
        path=f"shop/{noun}s.py",
        commit="",
        language="python",
        prefix=HEAD + convention.before.format(n=noun, N=noun.title()),
        middle=middle.format(n=noun),
        suffix=convention.after.format(n=noun),
    )
