"""Events reach the gateway once each, whatever dies on the way."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from edited_document import CLICK, FILE
from experience_facts import FLASK, an_accepted, an_event, an_ignored
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_lsp.experience.fact import copied_completion, decode, encode
from understudy_lsp.experience.spool import Spool
from understudy_lsp.experience.spool_folder import FILE_BYTES, SpoolFolder
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId
from understudy_protocol.errors import (
    Busy,
    EngineUnavailable,
    NotAllowed,
    NoToken,
    RequestError,
    UnderstudyError,
)
from understudy_protocol.events import CopiedCompletion, Event, EventBatch, Source
from understudy_protocol.repository import RepositoryId


class Gateway:
    """Stores each id once, as the real one does, and fails as it is told to."""

    def __init__(self) -> None:
        self.stored: list[str] = []
        self.batches: list[EventBatch] = []
        self.copied: list[CopiedCompletion] = []
        self.fail: Callable[[EventBatch], UnderstudyError | None] = lambda batch: None

    async def __call__(self, batch: EventBatch) -> None:
        self.batches.append(batch)
        if (error := self.fail(batch)) is not None:
            raise error
        self.stored += [event.id for event in batch.events if event.id not in self.stored]
        self.copied += batch.completions


def a_spool(
    folder: Path,
    gateway: Gateway,
    agreed: Callable[[RepositoryId], bool] = lambda repository: True,
) -> Spool:
    return Spool(folder, deliver=gateway, agreed=agreed)


def ids(events: Sequence[Event]) -> list[str]:
    return [event.id for event in events]


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir()) if folder.exists() else b""


async def test_what_is_put_is_delivered_in_order_and_gone_from_disk(tmp_path: Path) -> None:
    gateway = Gateway()
    spool = a_spool(tmp_path, gateway)
    events = [an_accepted() for _ in range(5)]
    spool.put(events[:2])
    await spool.flush()
    spool.put(events[2:])
    assert spool.waiting == 5
    assert await spool.deliver()
    assert gateway.stored == ids(events)
    assert (spool.waiting, on_disk(tmp_path)) == (0, b"")
    assert await spool.deliver()
    assert len(gateway.batches) == 1
    await spool.close()


async def test_a_running_spool_delivers_by_itself_when_it_is_woken(tmp_path: Path) -> None:
    gateway = Gateway()
    gateway.fail = lambda batch: EngineUnavailable("Away.", "Start it.")
    spool = a_spool(tmp_path, gateway)
    spool.start()
    event = an_accepted()
    spool.put([event])
    spool.wake()
    async with asyncio.timeout(20):
        while not gateway.batches:
            await asyncio.sleep(0.01)
            spool.wake()
        gateway.fail = lambda batch: None
        while gateway.stored != [event.id]:
            await asyncio.sleep(0.01)
            spool.wake()
    await spool.close()


@pytest.mark.parametrize("kind", [EngineUnavailable, Busy, NoToken, UnderstudyError])
async def test_nothing_is_lost_while_the_gateway_takes_nothing(
    tmp_path: Path, kind: type[UnderstudyError]
) -> None:
    gateway = Gateway()
    gateway.fail = lambda batch: kind("No.", "Later.")
    spool = a_spool(tmp_path, gateway)
    events = [an_accepted() for _ in range(3)]
    spool.put(events)
    assert not await spool.deliver()
    assert not await spool.deliver()
    gateway.fail = lambda batch: None
    assert await spool.deliver()
    assert (gateway.stored, spool.dropped) == (ids(events), 0)
    await spool.close()


async def test_a_token_that_is_not_for_one_repository_does_not_hold_up_another(
    tmp_path: Path,
) -> None:
    gateway = Gateway()
    gateway.fail = lambda batch: (
        NotAllowed("Not yours.", "Ask.") if batch.events[0].repository == CLICK else None
    )
    spool = a_spool(tmp_path, gateway)
    mine, other = an_accepted(), an_accepted(repository=FLASK)
    spool.put([mine, other])
    assert await spool.deliver()
    assert (gateway.stored, spool.waiting) == ([other.id], 1)
    await spool.close()


async def test_the_one_event_that_the_gateway_refuses_goes_alone(tmp_path: Path) -> None:
    gateway = Gateway()
    events = [an_accepted() for _ in range(100)]
    gateway.fail = lambda batch: (
        RequestError("Wrong.", "Mend it.") if events[37] in batch.events else None
    )
    spool = a_spool(tmp_path, gateway)
    spool.put(events)
    assert await spool.deliver()
    assert Counter(gateway.stored) == Counter(ids([*events[:37], *events[38:]]))
    assert (spool.dropped, spool.waiting) == (1, 0)
    await spool.close()


async def test_batches_hold_no_more_than_the_gateway_takes(tmp_path: Path) -> None:
    gateway = Gateway()
    spool = a_spool(tmp_path, gateway)
    spool.put([an_accepted() for _ in range(2_500)])
    spool.put([an_ignored("x" * 400_000) for _ in range(5)])
    assert await spool.deliver()
    assert [len(batch.events) for batch in gateway.batches[:2]] == [1000, 1000]
    assert all(len(b"".join(map(encode, batch.events))) < 1_500_000 for batch in gateway.batches)
    assert len(gateway.stored) == 2_505
    await spool.close()


async def test_what_nobody_agreed_to_is_deleted_and_not_sent(tmp_path: Path) -> None:
    gateway = Gateway()
    spool = a_spool(tmp_path, gateway, agreed=lambda repository: repository == CLICK)
    mine, other = an_accepted(), an_accepted(repository=FLASK)
    spool.put([mine, other])
    gateway.fail = lambda batch: EngineUnavailable("Away.", "Start it.")
    assert not await spool.deliver()
    assert FLASK.encode() not in on_disk(tmp_path)
    gateway.fail = lambda batch: None
    assert await spool.deliver()
    assert gateway.stored == [mine.id]
    await spool.close()


async def test_a_copied_completion_travels_with_its_events(tmp_path: Path) -> None:
    gateway = Gateway()
    spool = a_spool(tmp_path, gateway)
    event = an_accepted(source="copy")
    snapshot = Snapshot(
        uri=FILE, path="a.py", language="python", version=1, text="x" * 9000 + "\ud83d", offset=9000
    )
    suggestion = Suggestion(
        completion=CompletionId(event.completion),
        uri=FILE,
        offset=9000,
        text="foo()",
        source=Source.COPY,
        likelihood=0.5,
    )
    copied = copied_completion(suggestion, snapshot, CLICK)
    spool.put([copied, event])
    assert await spool.deliver()
    assert gateway.copied == [copied]
    assert (copied.prefix, copied.suffix, copied.confidence) == ("x" * 4000, "�", 0.5)
    await spool.close()


async def test_the_next_server_delivers_what_the_last_one_left(tmp_path: Path) -> None:
    away = Gateway()
    away.fail = lambda batch: EngineUnavailable("Away.", "Start it.")
    events = [an_accepted() for _ in range(3)]
    for event in events:
        spool = a_spool(tmp_path, away)
        spool.put([event])
        assert not await spool.deliver()
        await spool.close()
    gateway = Gateway()
    spool = a_spool(tmp_path, gateway)
    assert await spool.deliver()
    assert Counter(gateway.stored) == Counter(ids(events))
    assert on_disk(tmp_path) == b""
    await spool.close()


async def test_a_server_that_lives_keeps_its_events_to_itself(tmp_path: Path) -> None:
    one, two = Gateway(), Gateway()
    first, second = a_spool(tmp_path, one), a_spool(tmp_path, two)
    mine, yours = an_accepted(), an_accepted()
    first.put([mine])
    await first.flush()
    second.put([yours])
    assert await second.deliver()
    assert await first.deliver()
    assert (one.stored, two.stored) == ([mine.id], [yours.id])
    await first.close()
    await second.close()


LINES = [encode(an_ignored(f"typed {number}\u2028\n")) for number in range(4)]


@settings(max_examples=60)
@given(cut=st.integers(0, sum(map(len, LINES))), rubbish=st.binary(max_size=20))
def test_a_file_cut_at_any_byte_gives_all_that_was_whole(
    tmp_path_factory: pytest.TempPathFactory, cut: int, rubbish: bytes
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    (folder / "dead.jsonl").write_bytes(b"".join(LINES)[:cut] + rubbish.replace(b"\n", b"?"))
    whole = 0
    while whole < len(LINES) and sum(map(len, LINES[: whole + 1])) <= cut:
        whole += 1
    spool = SpoolFolder(folder)
    spool.adopt()
    lines = [line for file in spool.files() for line in spool.read(file)]
    assert lines == LINES[:whole]
    assert all(decode(line) is not None for line in lines)
    spool.close()


WRITE_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from experience_facts import an_accepted
from understudy_lsp.experience.spool import Spool

async def deliver(batch):
    raise OSError

async def main():
    spool = Spool(Path(sys.argv[1]), deliver=deliver, agreed=lambda repository: True)
    while True:
        events = [an_accepted() for _ in range(20)]
        spool.put(events)
        await spool.flush()
        print(*(event.id for event in events), flush=True)

asyncio.run(main())
"""


def test_what_was_on_disk_before_a_kill_is_delivered_once(tmp_path: Path) -> None:
    tests = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(tests)}
    acknowledged: list[str] = []
    for lines in (1, 7, 30):
        with subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            for _ in range(lines):
                acknowledged += writer.stdout.readline().split()
            writer.send_signal(signal.SIGKILL)
    gateway = Gateway()

    async def deliver() -> None:
        spool = a_spool(tmp_path, gateway)
        assert await spool.deliver()
        await spool.close()

    asyncio.run(deliver())
    assert len(acknowledged) == 38 * 20
    assert set(acknowledged) <= set(gateway.stored)
    assert on_disk(tmp_path) == b""


async def test_a_full_disk_keeps_events_in_memory_and_still_delivers_them(tmp_path: Path) -> None:
    gateway = Gateway()
    spool = a_spool(tmp_path, gateway)
    spool.put([an_accepted()])
    await spool.flush()
    before = on_disk(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limits[1]))
        spool.put([an_accepted() for _ in range(10)])
        await spool.flush()
        assert on_disk(tmp_path) == before
        assert spool.waiting == 11
        assert await spool.deliver()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert len(gateway.stored) == 11
    assert (spool.waiting, spool.dropped) == (0, 0)
    await spool.close()


async def test_a_folder_that_cannot_be_made_costs_no_event_while_the_server_lives(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    gateway = Gateway()
    spool = a_spool(tmp_path / "file" / "spool", gateway)
    event = an_accepted()
    spool.put([event])
    await spool.flush()
    assert await spool.deliver()
    assert gateway.stored == [event.id]
    await spool.close()


def test_when_too_much_waits_the_oldest_is_given_up_and_counted(tmp_path: Path) -> None:
    spool = SpoolFolder(tmp_path, max_bytes=2 * FILE_BYTES)
    lines = [encode(an_ignored("x" * 100_000, at=number)) for number in range(60)]
    for line in lines:
        spool.write([line])
    left = [line for file in spool.files() for line in spool.read(file)]
    assert left == lines[-len(left) :]
    assert (len(left), spool.dropped) == (spool.waiting, 60 - len(left))
    assert FILE_BYTES < len(on_disk(tmp_path)) <= 3 * FILE_BYTES
    spool.close()


def test_what_another_version_wrote_is_no_fact() -> None:
    assert decode(b'{"type":"dreamt","id":"1"}\n') is None
    assert decode(b"\xff\n") is None
    event = an_event("rejected")
    assert decode(encode(event)) == event
