import time

from understudy_server.silence import Silence


def test_nothing_is_silent_that_was_asked_nothing() -> None:
    assert Silence().seconds == 0.0


def test_an_answer_ends_the_silence() -> None:
    silence = Silence()
    with silence.waiting() as heard:
        heard()
        assert silence.seconds < 3600
    assert silence.seconds == 0.0


def test_whoever_gives_up_before_the_first_word_leaves_the_silence() -> None:
    silence = Silence()
    for _ in range(3):
        with silence.waiting():
            pass
    before = silence.seconds
    while silence.seconds == before:
        time.sleep(0)
    assert silence.seconds > before > 0.0


def test_one_answer_does_not_end_the_wait_of_another() -> None:
    silence = Silence()
    with silence.waiting():
        with silence.waiting() as heard:
            heard()
        while not silence.seconds:
            time.sleep(0)
    with silence.waiting() as heard:
        heard()
    assert silence.seconds == 0.0
