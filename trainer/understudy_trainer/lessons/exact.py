"""An exact test for whether answers pass more often with something than without it."""

from collections.abc import Sequence
from math import comb
from typing import NamedTuple


class Counts(NamedTuple):
    """Of one hole."""

    passed: int
    """Of `asked`, with what is tested."""
    asked: int
    passed_without: int
    asked_without: int


def chance(holes: Sequence[Counts]) -> float:
    """The chance that so many answers, or more, pass with it if it makes no difference.

    If it makes none, then of the answers of one hole that passed any were as likely to be those
    with it: their number is hypergeometric, given how many passed at all. Over holes the numbers
    add up, so that a hole is only compared with itself, however easy it is. This is Fisher's exact
    test, one-sided and stratified by hole; without any hole it is 1.
    """
    ways = [1]
    for each in holes:
        ways = _convolved(ways, _ways(each))
    passed = sum(each.passed for each in holes)
    return sum(ways[passed:]) / sum(ways)


def _ways(each: Counts) -> list[int]:
    """In how many ways so many of those that passed are ones with it, for every number."""
    together = each.passed + each.passed_without
    return [
        comb(each.asked, number) * comb(each.asked_without, together - number)
        if number <= together
        else 0
        for number in range(each.asked + 1)
    ]


def _convolved(one: Sequence[int], other: Sequence[int]) -> list[int]:
    sums = [0] * (len(one) + len(other) - 1)
    for at, left in enumerate(one):
        for by, right in enumerate(other):
            sums[at + by] += left * right
    return sums
