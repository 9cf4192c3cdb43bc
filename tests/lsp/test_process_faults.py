"""A language server that is killed, whose editor dies, or whose disk is full."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import psutil
import pytest
from fake_gateway import TOKEN, FakeGateway, saying
from gateway_under_test import until
from lsp_client import PATIENCE_S, Editor, editor_in_process, editor_over_stdio
from workplace import CODE, environment, opened

from understudy_lsp.consent import Answer, Consents
from understudy_lsp.repository import find_repository
from understudy_protocol.events import Accepted, Event

EVENT = msgspec.json.Decoder[Event](Event)


def on_disk(spool: Path) -> list[Event]:
    lines = [line for file in spool.glob("*.jsonl") for line in file.read_bytes().splitlines()]
    return [EVENT.decode(line) for line in lines]


def accepted(events: list[Event]) -> int:
    return sum(isinstance(event, Accepted) for event in events)


async def accept_one(editor: Editor, uri: str) -> None:
    """In a document that is another one each time: a completion has one outcome."""
    code = f"# {editor.versions[uri]}\n{CODE}"
    editor.edit(uri, 0, len(editor.texts[uri]), code)
    item = await editor.ghost(uri, len(code), invoked=True)
    assert item is not None
    editor.accept(uri, item)


async def until_gone(processes: list[psutil.Process]) -> None:
    gone, alive = await asyncio.to_thread(psutil.wait_procs, processes, PATIENCE_S)
    assert (len(gone), alive) == (len(processes), [])


async def test_what_was_on_disk_when_the_server_was_killed_is_delivered_by_the_next(
    gateway: FakeGateway, state: Path, work: Path
) -> None:
    gateway.script, gateway.full = saying("width * height"), True
    repository, spool = find_repository(work).id, state / "lsp" / "spool"
    Consents(state / "lsp" / "consent.json").set(repository, Answer.YES)
    async with editor_over_stdio(cwd=work, environment=environment()) as (editor, process):
        uri = await opened(editor, work)
        while accepted(on_disk(spool)) < 5:
            await accept_one(editor, uri)
        process.kill()
        await process.wait()
    left = {event.id for event in on_disk(spool)}
    gateway.full = False
    async with editor_over_stdio(cwd=work, environment=environment()) as (editor, _):
        await editor.initialize(work)
        await until(lambda: not on_disk(spool))
    assert {event.id for event in gateway.events} == left
    assert len(gateway.events) == len(left)
    assert accepted(gateway.events) >= 5


@pytest.mark.parametrize("end", ["hangs up", "kills", "terminates", "says exit"])
async def test_no_process_of_ours_outlives_an_editor_that_ends(
    gateway: FakeGateway, work: Path, end: str
) -> None:
    for number in range(300):
        (work / f"shapes{number}.py").write_text(f"{CODE}{number}\n" * 100)
    async with editor_over_stdio(cwd=work, environment=environment()) as (editor, process):
        await opened(editor, work)
        server = psutil.Process(process.pid)
        # The builder of the index, and its workers.
        await until(lambda: len(server.children(recursive=True)) >= 3)
        family = [server, *server.children(recursive=True)]
        assert process.stdin is not None
        match end:
            case "hangs up":
                process.stdin.close()
            case "kills":
                process.kill()
            case "terminates":
                process.terminate()
            case _:
                editor.tell("exit")
        await until_gone(family)


async def test_a_full_disk_stops_neither_suggestions_nor_what_becomes_of_them(
    gateway: FakeGateway, state: Path, work: Path
) -> None:
    gateway.script, gateway.full = saying("width * height"), True
    kept = state / "lsp"
    kept.mkdir()
    # A mount in a namespace of its own goes away with the process.
    mount = f'mount -t tmpfs -o size=64k none {kept} && exec "$@"'
    inside = ["unshare", "--mount", "--user", "--map-root-user", "sh", "-c", mount, "sh"]
    if shutil.which("unshare") is None or await fails(*inside, "true"):
        pytest.skip("this machine does not let the test mount a file system")
    async with editor_over_stdio(cwd=work, environment=environment(), inside=inside) as (
        editor,
        process,
    ):
        editor.answers["window/showMessageRequest"] = lambda _: {"title": "Remember"}
        uri = await opened(editor, work)
        mounted = Path(f"/proc/{process.pid}/root{kept}")
        await accept_one(editor, uri)
        await until(lambda: (mounted / "consent.json").exists())
        filler = fill(mounted)
        for _ in range(5):
            await accept_one(editor, uri)
        filler.unlink()
        await accept_one(editor, uri)
        await until(lambda: accepted(on_disk(mounted / "spool")) == 6)
        fill(mounted)
        gateway.full = False
        await accept_one(editor, uri)
        await until(lambda: accepted(gateway.events) == 7)
    ids = [event.id for event in gateway.events]
    assert len(ids) == len(set(ids))


async def test_without_a_folder_for_its_state_a_server_suggests_all_the_same(
    gateway: FakeGateway, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.script = saying("width * height")
    (tmp_path / "file").write_text("in the way")
    for name in ("UNDERSTUDY_STATE_DIR", "UNDERSTUDY_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "file" / "folder"))
    async with editor_in_process() as (editor, server):
        editor.answers["window/showMessageRequest"] = lambda _: {"title": "Remember"}
        await editor.initialize(work, options={"gateway": {"url": gateway.url, "token": TOKEN}})
        uri = (work / "shapes.py").as_uri()
        editor.open(uri, CODE)
        await accept_one(editor, uri)
        await until(lambda: server.session.status.current.model == "fake")
        assert not server.session.remembers(find_repository(work).id)


async def fails(*command: str) -> bool:
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL)
    return await process.wait() != 0


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    filler = folder / "filler"
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, b"x" * 1024)
    except OSError:
        os.close(descriptor)
    return filler
