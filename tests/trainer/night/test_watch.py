import io

from rich.console import Console

from understudy_trainer.night.watch import PARTS, silent, watching


def test_where_there_is_no_terminal_there_are_plain_lines_and_few():
    out = io.StringIO()
    with watching(Console(file=out, highlight=False, width=40)) as watch:
        watch.stage("learn")
        for step in range(1, 1001):
            watch.done(step, 1000, f"loss {2 - step / 1000:.2f}")
        watch.note("A [note] that is longer than the forty columns of this terminal.")
        watch.stage("proof")
    lines = out.getvalue().splitlines()
    assert lines[0] == "learn"
    assert lines[1] == "learn: 1 of 1,000, loss 2.00"
    assert lines[-3] == "learn: 1,000 of 1,000, loss 1.00"
    assert lines[-2] == "A [note] that is longer than the forty columns of this terminal."
    assert lines[-1] == "proof"
    assert len(lines) == 1 + (PARTS + 1) + 2
    assert "\x1b" not in out.getvalue()


def test_each_arm_of_a_proof_is_told_of():
    out = io.StringIO()
    with watching(Console(file=out, highlight=False)) as watch:
        watch.stage("proof of the base")
        for arm in ("base", "parent"):
            watch.done(30, 30, arm)
    assert out.getvalue().splitlines() == [
        "proof of the base",
        "proof of the base: 30 of 30, base",
        "proof of the base: 30 of 30, parent",
    ]


def test_a_terminal_shows_stages_progress_and_notes():
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, width=120, highlight=False, _environ={"TERM": "xterm"}
    )
    with watching(console) as watch:
        watch.done(0, 0)
        watch.stage("gather [all]")
        watch.stage("learn")
        watch.done(120, 400, "loss 1.92")
        watch.note("[red] is a name")
    text = out.getvalue()
    assert "gather [all]" in text
    assert "120 of 400, loss 1.92" in text
    assert "[red] is a name" in text


def test_a_terminal_that_can_do_nothing_gets_plain_lines():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system=None, _environ={"TERM": "dumb"})
    with watching(console) as watch:
        watch.stage("learn")
    assert out.getvalue() == "learn\n"


def test_silence_takes_everything():
    watch = silent()
    watch.stage("learn")
    watch.done(1, 2, "loss 2.0")
    watch.done(2, 2)
    watch.note("anything")
