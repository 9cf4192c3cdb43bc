"""What a lesson is known by."""

from lessons_learned import lesson

from understudy_trainer.lessons.lesson import Evidence, Rate, Scope, merged


def test_its_id_depends_on_what_it_says_and_is_about() -> None:
    one = lesson()
    assert one.id != lesson("verify").id
    assert one.id != lesson(scope=Scope("python", callee="post")).id
    assert one.id != lesson(scope=Scope("typescript", callee="get")).id


def test_its_id_does_not_depend_on_where_and_how_well_it_was_learned() -> None:
    one = lesson()
    other = lesson(
        critique="Other words.",
        evidence=(Evidence("f" * 16, "lib/a.py", "beef"),),
        without=Rate(),
        informed=Rate(1, 2),
        night=5,
        scope=Scope("python", callee="get", path="lib"),
    )
    assert one.id == other.id


def test_learned_again_it_has_the_newer_rates_and_all_evidence() -> None:
    newer = lesson(evidence=(Evidence("f" * 16, "lib/a.py", "beef"),), informed=Rate(7, 8))
    both = merged(lesson(), newer)
    assert both.informed == Rate(7, 8)
    assert both.evidence == (*lesson().evidence, *newer.evidence)
    assert merged(both, newer) == both


def test_the_folder_grows_to_the_one_that_holds_both() -> None:
    def within(path: str) -> Scope:
        return Scope("python", names=("a",), path=path)

    for one, other, both in (
        ("a/b", "a/c", "a"),
        ("a/b", "a/b", "a/b"),
        ("a", "b", ""),
        ("a", "", ""),
    ):
        joined = merged(lesson(scope=within(one)), lesson(scope=within(other)))
        assert joined.scope.path == both
