"""Nobody teaches more than all others together, and the newest is kept."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.curriculum.shares import fair, newest

Item = tuple[str | None, int]

ITEMS = st.lists(st.sampled_from(["ann", "bob", "eve", None]), max_size=60).map(
    lambda names: [(name, number) for number, name in enumerate(names)]
)


def person(item: Item) -> str | None:
    return item[0]


@given(ITEMS)
def test_nobody_has_more_than_all_others(items: list[Item]) -> None:
    found = fair(items, person)
    counts = Counter(map(person, found))
    if len(set(map(person, items))) > 1:
        assert max(counts.values()) * 2 <= len(found)
    else:
        assert found == items
    assert found == sorted(found, key=lambda item: item[1])


@given(ITEMS, st.integers(0, 40))
def test_so_many_are_kept_as_may_be_and_those_who_have_least_lose_nothing(
    items: list[Item], most: int
) -> None:
    found = newest(items, person, most=most)
    assert len(found) == min(len(items), most)
    had, has = Counter(map(person, items)), Counter(map(person, found))
    level = max(has.values(), default=0)
    for name, count in had.items():
        # Everybody is at the level, or one below it, or has all they had.
        assert has[name] >= min(count, level - 1)
        theirs = [item for item in items if person(item) == name]
        assert [item for item in found if person(item) == name] == (
            theirs[len(theirs) - has[name] :]
        )
