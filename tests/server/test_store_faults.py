import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from experience_facts import a_completion, an_accepted
from sqlalchemy import make_url
from store_programs import EVENTS

from understudy_protocol.errors import StoreError
from understudy_protocol.events import EventsStored
from understudy_server.store import Store, open_store

pytest_plugins = ["databases"]

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


def program(name: str, argument: str) -> list[str]:
    return [sys.executable, "-m", "store_programs", name, argument]


def output_of(command: Sequence[str]) -> list[str]:
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout.splitlines()


async def all_ids(store: Store) -> list[str]:
    page = await store.events(after=0, limit=2 * len(EVENTS), repository=None)
    return [stored.event.id for stored in page.events]


@pytest.mark.parametrize("acknowledgements", [1, 300])
async def test_what_was_acknowledged_survives_kill_9_exactly_once(
    store_url: str, acknowledgements: int
):
    batches = acknowledged_until_killed(store_url, acknowledgements)
    acknowledged = [event for start in batches for event in EVENTS[start : start + 10]]
    assert len(acknowledged) >= 10 * acknowledgements
    store = open_store(store_url)
    ids = await all_ids(store)
    assert len(ids) == len(set(ids))
    assert {event.id for event in acknowledged} <= set(ids)
    # A batch is there as a whole or not at all.
    assert len(ids) % 10 == 0
    again = await store.add_events(EVENTS)
    assert again == EventsStored(stored=len(EVENTS) - len(ids), known=len(ids))
    assert sorted(await all_ids(store)) == [event.id for event in EVENTS]
    await store.close()


def acknowledged_until_killed(url: str, number: int) -> list[int]:
    """Where each batch begins that was acknowledged before the program died."""
    command = program("add_events", url)
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(number)]
        process.send_signal(signal.SIGKILL)
        # What it had said already is still in the pipe.
        lines += process.stdout.readlines()
    return [int(line) for line in lines]


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small file system")
def test_a_full_disk_loses_nothing_and_the_store_goes_on_when_there_is_room(tmp_path: Path):
    # A mount in a namespace of its own goes away with the process.
    mount = f'mount -t tmpfs -o size=4m none {tmp_path} && exec "$@"'
    inside = ["unshare", "--mount", "--user", "--map-root-user", "sh", "-c", mount, "sh"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*inside, "true"], capture_output=True).returncode != 0
    ):
        pytest.skip("this machine does not let the test mount a file system")
    refused, *after = output_of([*inside, *program("fill_disk", str(tmp_path))])
    assert "is full. Free space there" in refused
    assert after == ["acknowledged before: True", "all there: True"]


def test_a_file_that_may_not_grow_loses_nothing_and_the_store_goes_on_later(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'experience.db'}"
    assert output_of(program("write_beyond_limit", url)) == [
        "failures: StoreError",
        "acknowledged is there: True",
        "all there: True",
    ]


@pytest.mark.parametrize("content", [b"just some text, no database" * 100, b"\0" * 5000, b"S"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes):
    file = tmp_path / "experience.db"
    file.write_bytes(content)
    with pytest.raises(StoreError, match="not an SQLite database") as raised:
        open_store(f"sqlite:///{file}")
    assert str(file) in raised.value.problem
    assert "Move it away" in raised.value.remedy
    assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path):
    file = tmp_path / "experience.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    before = file.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        open_store(f"sqlite:///{file}")
    assert file.read_bytes() == before


async def test_a_damaged_database_is_a_store_error_that_says_what_to_do(tmp_path: Path):
    file = tmp_path / "experience.db"
    store = open_store(f"sqlite:///{file}")
    for _ in range(20):
        await store.add_completion(a_completion(prefix="x" * 5_000))
    await store.close()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged") as raised:
        open_store(f"sqlite:///{file}")
    assert "recover" in raised.value.remedy


def test_a_folder_that_may_not_be_written_is_a_store_error(tmp_path: Path):
    tmp_path.chmod(0o555)
    [error] = output_of(program("open_without_rights", str(tmp_path)))
    assert "experience.db cannot be opened" in error
    assert "Make the folder and the file in it writable" in error


def test_a_folder_that_is_a_file_is_a_store_error(tmp_path: Path):
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path / 'state' / 'experience.db'}")


@pytest.mark.parametrize(
    "url", ["", "no url", "sqlite://", "sqlite:///:memory:", "mysql://host/name", "oracle://x"]
)
def test_a_url_of_no_usable_database_is_a_store_error_with_an_example(url: str):
    with pytest.raises(StoreError) as raised:
        open_store(url)
    assert "sqlite:////" in raised.value.remedy or "file" in raised.value.problem


def test_a_server_that_does_not_answer_is_a_store_error_without_the_password(tmp_path: Path):
    url = f"postgresql://me:hunter2@/name?host={tmp_path}"
    with pytest.raises(StoreError, match="does not answer") as raised:
        open_store(url)
    assert "hunter2" not in str(raised.value)


async def test_a_lost_connection_to_the_server_is_made_again(postgres_url: str):
    name = f"test-{uuid.uuid4().hex[:8]}"
    named = make_url(postgres_url).update_query_dict({"application_name": name})
    store = open_store(named.render_as_string(hide_password=False))
    await store.add_events([an_accepted()])
    plain = make_url(postgres_url).set(drivername="postgresql")
    with psycopg.connect(
        plain.render_as_string(hide_password=False), autocommit=True
    ) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            [name],
        ).fetchall()
    assert ended != []
    await store.add_events([an_accepted()])
    assert len(await all_ids(store)) == 2
    await store.close()
