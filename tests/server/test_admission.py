import pytest

from understudy_protocol.errors import Busy
from understudy_server.admission import Admission


def test_one_more_than_the_limit_is_told_to_come_back() -> None:
    admission = Admission(2)
    with admission.admit(None, None), admission.admit(None, None):
        with pytest.raises(Busy, match="2 completions are running"), admission.admit(None, None):
            pass
        assert admission.in_flight == 2
    assert admission.in_flight == 0


def test_a_place_is_free_again_after_a_failure() -> None:
    admission = Admission(1)
    with pytest.raises(ZeroDivisionError), admission.admit(None, "a"):
        raise ZeroDivisionError
    with admission.admit(None, "a") as replaced:
        assert not replaced.is_set()


def test_the_newest_request_of_a_session_replaces_the_older_even_when_the_house_is_full() -> None:
    admission = Admission(1)
    with admission.admit(None, "file.py") as older, admission.admit(None, "file.py") as newer:
        assert older.is_set()
        assert not newer.is_set()


def test_sessions_of_different_people_do_not_replace_each_other() -> None:
    admission = Admission(4)
    with admission.admit("alice", "file.py") as hers, admission.admit("bob", "file.py") as his:
        assert not hers.is_set()
        assert not his.is_set()


def test_an_older_request_that_ends_late_leaves_the_newer_one_replaceable() -> None:
    admission = Admission(4)
    older = admission.admit(None, "s")
    older.__enter__()
    with admission.admit(None, "s") as newer:
        older.__exit__(None, None, None)
        with admission.admit(None, "s"):
            assert newer.is_set()


def test_a_session_that_asks_faster_than_it_is_answered_is_bounded_too() -> None:
    admission = Admission(1)
    first, second, third = (admission.admit(None, "s") for _ in range(3))
    with first, second, pytest.raises(Busy):
        third.__enter__()
