import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from understudy_protocol.completion import CompletionId
from understudy_protocol.errors import StoreError
from understudy_server.database import VERSION_TABLE, open_database
from understudy_server.store import open_store
from understudy_server.tables import metadata

pytest_plugins = ["databases"]

ID = "00000000-0000-4000-8000-000000000001"

FIRST_ROWS = [
    (
        "events",
        {
            "id": ID,
            "completion": ID,
            "repository": "click-3f9a1c2b8d4e",
            "arrived": 1,
            "body": '{"type":"ignored","id":"00000000-0000-4000-8000-000000000001","completion":'
            '"00000000-0000-4000-8000-000000000001","repository":"click-3f9a1c2b8d4e","at":5,'
            '"typed":"x"}',
        },
    ),
    (
        "events",
        {
            "id": ID.replace("1", "2"),
            "completion": ID,
            "repository": "click-3f9a1c2b8d4e",
            "arrived": 1,
            "body": '{"type":"discarded","id":"00000000-0000-4000-8000-000000000002","completion":'
            '"00000000-0000-4000-8000-000000000001","repository":"click-3f9a1c2b8d4e","at":6,'
            '"reason":"stale"}',
        },
    ),
    (
        "completions",
        {
            "id": ID,
            "repository": "click-3f9a1c2b8d4e",
            "at": 1000,
            "body": '{"id":"00000000-0000-4000-8000-000000000001","repository":"click-3f9a1c2b8d4e"'
            ',"at":1000,"path":"a.py","language":"python","prefix":"def f():\\n    ","suffix":"",'
            '"snippets":[{"path":"b.py","text":"x","start_line":1,"stable":false}],"mode":"line",'
            '"text":"pass","finish":"line","model":"prompter","fim_format":"prompter","release":null'
            ',"max_tokens":64,"temperature":0.0,"seed":null,"token_logprobs":[-0.5],"timings":'
            '{"admitted_ms":0.1,"rendered_ms":0.2,"first_text_ms":3.0,"total_ms":4.0},"session":null'
            ',"person":null}',
        },
    ),
]


def test_the_migrations_make_the_declared_tables(store_url: str):
    engine = open_database(store_url, connections=1)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_on_sqlite_they_make_them_word_for_word(tmp_path: Path):
    """Alembic compares neither AUTOINCREMENT nor the names of constraints."""
    migrated = open_database(f"sqlite:///{tmp_path / 'migrated.db'}", connections=1)
    migrated.dispose()
    declared = create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    metadata.create_all(declared)
    declared.dispose()
    made = statements(tmp_path / "migrated.db")
    expected = statements(tmp_path / "declared.db")
    assert {name: made[name] for name in expected} == expected


def statements(file: Path) -> dict[str, str]:
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    connection.close()
    return {name: " ".join(str(sql).split()).replace(" , ", ", ") for name, sql in rows}


async def test_opening_again_changes_nothing(store_url: str):
    for _ in range(2):
        store = open_store(store_url)
        await store.close()
    engine = create_engine(store_url)
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, VERSION_TABLE}
    engine.dispose()


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(store_url: str):
    store = open_store(store_url)
    await store.close()
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = 'from-the-future'")
    with pytest.raises(StoreError, match=r"newer Understudy \(schema from-the-future\)") as raised:
        open_store(store_url)
    assert raised.value.remedy.startswith("Update Understudy")
    with engine.connect() as connection:
        version = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
    engine.dispose()
    assert version == "from-the-future"


def test_tables_of_another_program_are_refused_where_they_bear_our_names(store_url: str):
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE events (party TEXT)")
    engine.dispose()
    with pytest.raises(StoreError, match="another program"):
        open_store(store_url)


def test_other_tables_in_a_shared_postgresql_database_do_not_matter(postgres_url: str):
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE bookmarks (url TEXT)")
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('of-another-program')")
    engine.dispose()
    open_database(postgres_url, connections=1).dispose()


async def test_what_the_first_version_wrote_is_still_read(store_url: str):
    store = open_store(store_url)
    engine = create_engine(store_url)
    with engine.begin() as connection:
        for table, row in FIRST_ROWS:
            connection.execute(metadata.tables[table].insert(), row)
    engine.dispose()
    page = await store.events(after=0, limit=10, repository=None)
    assert [type(each.event).__name__ for each in page.events] == ["Ignored", "Discarded"]
    [completion] = await store.completions(ids=[CompletionId(ID)])
    assert (completion.prefix, completion.finish) == ("def f():\n    ", "line")
    await store.close()


async def test_processes_that_open_a_new_store_at_once_do_not_clash(store_url: str):
    command = [sys.executable, "-m", "store_programs", "open_and_close", store_url]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    errors = open_at_once(command, environment, processes=3)
    assert errors == [""] * 3
    store = open_store(store_url)
    assert len((await store.events(after=0, limit=10, repository=None)).events) == 3
    await store.close()


def open_at_once(command: list[str], environment: dict[str, str], *, processes: int) -> list[str]:
    running = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    return [process.communicate(timeout=60)[1] for process in running]
