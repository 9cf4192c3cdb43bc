"""A lesson that is learned twice."""

from lessons_learned import lesson

from understudy_protocol.lesson import Evidence, Rate, Scope
from understudy_trainer.lessons.merging import MOST_EVIDENCE, merged


def test_learned_again_it_has_the_newer_rates_and_all_evidence() -> None:
    newer = lesson(evidence=(Evidence("f" * 16, "lib/a.py", "beef"),), informed=Rate(7, 8))
    both = merged(lesson(), newer)
    assert both.informed == Rate(7, 8)
    assert both.evidence == (*lesson().evidence, *newer.evidence)
    assert merged(both, newer) == both


def test_of_much_evidence_the_newest_stays() -> None:
    known = lesson()
    for number in range(MOST_EVIDENCE + 5):
        newer = lesson(evidence=(Evidence("f" * 16, f"lib/{number}.py", "beef"),))
        known = merged(known, newer)
    assert len(known.evidence) == MOST_EVIDENCE
    assert known.evidence[-1].path == f"lib/{MOST_EVIDENCE + 4}.py"


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
