"""The index with its real processes."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from understudy_lsp.index.database import database_in, place_of
from understudy_lsp.index.index import Index
from understudy_lsp.index.lock import take_lock

DEADLINE_SECONDS = 120.0
"""A busy machine gives the index, which is nice, very little."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "folder"
    write(folder, "shop/__init__.py", "")
    write(
        folder,
        "shop/cart.py",
        "from shop.rows import Row\n\n\nclass Cart:\n    def add(self): ...\n",
    )
    write(folder, "shop/rows.py", 'class Row:\n    """One line."""\n')
    write(folder, "tests/test_cart.py", "from shop import cart\n")
    yield folder
    until(lambda: not processes_of(folder))


def test_answers_from_what_it_read(folder: Path) -> None:
    index = ready(folder)
    (row,) = index.definitions(["Row", "Nowhere"], limit=5)
    assert (row.path, row.signature, row.doc) == ("shop/rows.py", "class Row:", "One line.")
    assert index.definitions(["Row"], limit=5, within=["shop/cart.py"]) == []
    assert [each.name for each in index.definitions_in("shop/cart.py")] == ["Cart", "add"]
    (imported,) = index.imports_of("shop/cart.py")
    assert (imported.name, imported.item, imported.paths[0]) == ("Row", "Row", "shop/rows.py")
    assert index.counterpart("shop/cart.py") == "tests/test_cart.py"
    assert index.text_of("shop/cart.py", 4, 5) == "class Cart:\n    def add(self): ..."
    assert index.text_of("../elsewhere.py", 1, 1) is None
    assert len(index.segments()) == 1
    assert not index.outdated("shop/cart.py")
    assert index.outdated("elsewhere.py")
    index.close()


def test_follows_what_is_saved(folder: Path) -> None:
    index = ready(folder)
    write(folder, "shop/rows.py", "class Rows: ...\n")
    index.changed(["shop/rows.py", "\udcff.py"])
    until(lambda: [each.name for each in index.definitions_in("shop/rows.py")] == ["Rows"])
    until(lambda: not index.outdated("shop/rows.py"))
    assert index.definitions(["Row"], limit=5) == []
    index.close()


def test_a_checkout_while_it_reads_is_followed(folder: Path) -> None:
    paths = [f"many/f{number}.py" for number in range(1_000)]
    for path in paths:
        write(folder, path, "def before(): ...\n")
    index = Index.open(folder)
    until(lambda: index.progress.files_done > 100)
    for path in paths[::2]:
        write(folder, path, "def after(): ...\n")
    for path in paths[1::2]:
        (folder / path).unlink()
    for path in paths:
        index.changed([path])
    until(lambda: len(index.definitions(["after"], limit=2_000)) == 500)
    until(lambda: index.definitions(["before"], limit=5) == [])
    index.close()


def test_what_was_ignored_a_moment_ago_is_in_no_answer(folder: Path) -> None:
    index = ready(folder)
    write(folder, ".understudyignore", "rows.py\n")
    index.changed([".understudyignore"])
    assert index.definitions(["Row"], limit=5) == []
    assert index.definitions_in("shop/rows.py") == []
    assert index.text_of("shop/rows.py", 1, 1) is None
    until(lambda: index.outdated("shop/rows.py"))
    index.close()


def test_goes_on_after_being_killed_at_any_moment(folder: Path) -> None:
    for number in range(400):
        write(folder, f"many/f{number}.py", f"def f{number}(): ...\n" * 20)
    chance = random.Random(0)
    index = Index.open(folder)
    for _ in range(4):
        until(lambda: bool(processes_of(folder)) or index.progress.ready)
        time.sleep(chance.uniform(0, 0.5))
        progress = index.progress
        assert progress.files_done == 404 or not progress.ready
        kill_all(folder)
    until(lambda: index.progress.ready)
    for number in range(400):
        path = f"many/f{number}.py"
        assert len(index.definitions_in(path)) == 20
        assert not index.outdated(path)
    index.close()


def test_a_second_language_server_reads_and_then_takes_over(folder: Path) -> None:
    first = ready(folder)
    second = Index.open(folder)
    until(lambda: second.progress.ready)
    assert second.definitions(["Row"], limit=5)
    assert second.segments() == first.segments()
    first.close()
    write(folder, "shop/rows.py", "class Rows: ...\n")
    until(lambda: bool(second.definitions(["Rows"], limit=5)))
    second.close()


def test_one_process_has_the_lock(tmp_path: Path) -> None:
    lock = take_lock(tmp_path)
    assert lock is not None
    assert take_lock(tmp_path) is None
    lock.close()
    again = take_lock(tmp_path)
    assert again is not None
    again.close()


def test_a_damaged_database_is_made_again_by_the_next_builder(folder: Path) -> None:
    index = ready(folder)
    file = database_in(place_of(folder))
    kill_all(folder)
    file.with_name("index.db-wal").unlink(missing_ok=True)
    file.write_bytes(b"not a database" * 1_000)
    assert index.definitions(["Row"], limit=5) == []
    until(lambda: bool(index.definitions(["Row"], limit=5)))
    until(lambda: index.progress.ready)
    index.close()


def test_an_index_that_somebody_removed_is_made_again(folder: Path) -> None:
    index = ready(folder)
    shutil.rmtree(place_of(folder))
    assert index.definitions(["Row"], limit=5) == []
    index.changed([".gitignore"])  # asks for a look at the whole folder
    until(lambda: bool(index.definitions(["Row"], limit=5)))
    index.close()


def test_a_folder_that_is_removed_is_trouble_and_no_more(folder: Path) -> None:
    index = ready(folder)
    away = folder.rename(folder.with_name("away"))
    index.changed(["shop"])
    until(lambda: index.progress.trouble != "")
    assert index.definitions(["Row"], limit=5)
    assert index.text_of("shop/rows.py", 1, 1) is None
    away.rename(folder)
    index.close()


def test_nobody_outlives_a_language_server_that_is_killed(folder: Path) -> None:
    for number in range(300):
        write(folder, f"f{number}.py", "def f(): ...\n" * 200)
    script = (
        "import sys, time; from pathlib import Path; from understudy_lsp.index.index import Index\n"
        "index = Index.open(Path(sys.argv[1]))\n"
        "while True:\n    print(index.progress.files_done, flush=True); time.sleep(0.02)\n"
    )
    command = [sys.executable, "-c", script, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        next(line for line in server.stdout if int(line) > 0)
        server.send_signal(signal.SIGKILL)
    until(lambda: not processes_of(folder))


def test_a_hostile_folder_has_none_of_its_code_run(folder: Path) -> None:
    for name in ("msgspec", "sqlite3", "understudy_lsp", "tree_sitter", "json", "numpy"):
        write(folder, f"{name}.py", "raise SystemExit('the folder ran')\n")
    before = Path.cwd()
    os.chdir(folder)
    try:
        index = ready(folder)
        assert index.progress.files_done == 10
        index.close()
    finally:
        os.chdir(before)


def test_a_folder_that_is_not_to_be_read_is_not(folder: Path) -> None:
    index = Index.open(folder, reads=False)
    index.changed(["shop/cart.py"])
    assert index.progress.ready
    assert index.definitions(["Row"], limit=5) == []
    assert index.segments() == ()
    assert index.allowed("shop/cart.py")
    assert not index.allowed(".env")
    assert not processes_of(folder)
    index.close()


def ready(folder: Path) -> Index:
    index = Index.open(folder)
    until(lambda: index.progress.ready)
    return index


def processes_of(folder: Path) -> list[psutil.Process]:
    """Builders and workers of `folder`."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if str(folder) in command and any("understudy_lsp.index" in part for part in command[:4]):
            found.append(process)
    return found


def kill_all(folder: Path) -> None:
    for process in processes_of(folder):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def write(folder: Path, path: str, text: str) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
