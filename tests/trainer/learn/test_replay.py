"""What is kept of earlier nights."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from tiny_models import example

from understudy_trainer.learn.replay import (
    Replay,
    ReplayDamaged,
    add,
    read_anchors,
    read_replay,
    within,
    write_replay,
)

EXAMPLES = [example(number) for number in range(40)]


def test_every_example_is_kept_as_often_as_any_other() -> None:
    counts: Counter[str] = Counter()
    for seed in range(1000):
        replay = Replay(capacity=10, seed=seed)
        for start in range(0, 40, 8):
            replay = add(replay, EXAMPLES[start : start + 8])
        counts.update(each.path for each in replay.old)
    # Chi-squared with 39 degrees of freedom, less here as ten are drawn without repeats: 72.1 is
    # passed by chance once in a thousand, and the seeds are fixed.
    assert len(counts) == 40
    assert sum((counts[each.path] - 250) ** 2 / 250 for each in EXAMPLES) < 72.1


def test_the_order_and_repeats_change_nothing() -> None:
    once = add(Replay(capacity=10), EXAMPLES)
    again = add(add(Replay(capacity=10), EXAMPLES[::-1]), EXAMPLES[:20])
    assert once == again


def test_fewer_than_there_is_room_for_are_all_kept() -> None:
    assert set(add(Replay(), EXAMPLES).old) == set(EXAMPLES)


def test_what_is_of_other_commits_is_left_out() -> None:
    here, there = EXAMPLES[:3], [msgspec.structs.replace(EXAMPLES[3], commit="1" * 40)]
    replay = add(Replay(), [*here, *there])
    assert set(within(replay, {"0" * 40}).old) == set(here)


def test_a_buffer_comes_back_from_disk(tmp_path: Path) -> None:
    replay = add(Replay(capacity=10, seed=7), EXAMPLES)
    write_replay(tmp_path / "buffer", replay)
    assert read_replay(tmp_path / "buffer") == replay


def test_a_buffer_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_replay(tmp_path / "buffer") == Replay()


def test_a_write_that_was_cut_off_leaves_the_buffer_as_it_was(tmp_path: Path) -> None:
    write_replay(tmp_path / "buffer", add(Replay(), EXAMPLES[:3]))
    (tmp_path / ".buffer.part").write_bytes(b"half of a new")
    assert len(read_replay(tmp_path / "buffer").old) == 3
    write_replay(tmp_path / "buffer", add(Replay(), EXAMPLES[:5]))
    assert len(read_replay(tmp_path / "buffer").old) == 5


@pytest.mark.parametrize("damage", [b"", b"x" * 100, None])
def test_a_damaged_buffer_says_what_is_lost_by_deleting_it(
    tmp_path: Path, damage: bytes | None
) -> None:
    path = tmp_path / "buffer"
    write_replay(path, add(Replay(), EXAMPLES))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data) if damage is None else damage)
    with pytest.raises(ReplayDamaged) as caught:
        read_replay(path)
    assert "damaged" in caught.value.problem
    assert "no longer practised" in caught.value.remedy


def test_anchors_are_read_beside_the_buffer_and_not_written_into_it(tmp_path: Path) -> None:
    anchors = tmp_path / "anchors.jsonl"
    anchors.write_bytes(b"\n".join(msgspec.json.encode(each) for each in EXAMPLES[:4]))
    replay = read_replay(tmp_path / "buffer", anchors=anchors)
    assert replay.anchors == tuple(EXAMPLES[:4])
    write_replay(tmp_path / "buffer", replay)
    assert read_replay(tmp_path / "buffer").anchors == ()


def test_an_anchor_set_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayDamaged, match="cannot be read"):
        read_anchors(tmp_path / "nothing")
    (tmp_path / "other").write_text('{"unit": 3}\n')
    with pytest.raises(ReplayDamaged, match="cannot be read"):
        read_anchors(tmp_path / "other")
