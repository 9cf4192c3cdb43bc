"""Worlds from source distributions: the same for everybody, and nothing but what was pinned."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from git_histories import git
from package_index import index, no_network, package, simple_index

from understudy_protocol.errors import ConfigError
from understudy_trainer.repoworld.archives import ArchiveError, contents, get_with_pip
from understudy_trainer.repoworld.pin import COPYLEFT, LEAST, PERMISSIVE, entry
from understudy_trainer.repoworld.release import Package, Release, pinned
from understudy_trainer.repoworld.release_history import build, release_history
from understudy_trainer.repoworld.worlds import World, commits, open_world

RECIPE = Path(__file__).resolve().parents[3] / "models" / "recipe" / "packages.toml"


def test_each_release_is_a_commit_with_its_date_and_version(tmp_path: Path) -> None:
    made = _pinned(tmp_path)
    world = _world(tmp_path, made)
    assert open_world(world.folder) == world
    told = git(world.folder, "log", "--reverse", "--format=%ct %s")
    assert told.splitlines() == [
        "1704067200 demo 1.0 (2024-01-01)",
        "1704153600 demo 2.0 (2024-01-02)",
    ]
    assert git(world.folder, "ls-tree", "-r", "--name-only", "HEAD~1") == "demo/a.py\nsetup.py"
    # A file that the second release no longer has is gone.
    assert git(world.folder, "ls-tree", "-r", "--name-only", "HEAD") == "demo/a.py"
    assert (world.folder / "demo" / "a.py").read_bytes() == b"a = 2\r\n"


def test_commit_ids_depend_on_nothing_but_the_archives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _pinned(tmp_path)
    # What one machine has and another has not.
    settings = "[core]\nautocrlf = true\n[user]\nname = x\n[init]\ndefaultObjectFormat = sha256\n"
    (tmp_path / "settings").write_text(settings)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "settings"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    world = release_history(
        made, progress=_quiet, folder=tmp_path / "other", get=index(tmp_path / "index")
    )
    assert commits(world)[-1].id == made.head == "9d3f99ce40eba7ae0485ee0c930352536d9e294e"
    assert (world.folder / "demo" / "a.py").read_bytes() == b"a = 2\r\n"


def test_what_was_fetched_is_kept_when_the_network_goes_away(tmp_path: Path) -> None:
    made = _pinned(tmp_path)
    asked: list[str] = []

    def get(name: str, release: Release, folder: Path) -> None:
        asked.append(release.version)
        if release.version == "2.0" and len(asked) == 2:
            no_network(name, release, folder)
        index(tmp_path / "index")(name, release, folder)

    with pytest.raises(ArchiveError, match=r"demo lacks 1 of 2 archives.*Connect to a network"):
        release_history(made, progress=_quiet, folder=tmp_path / "cache", get=get)
    assert not list((tmp_path / "cache").rglob("histories/*/demo"))
    release_history(made, progress=_quiet, folder=tmp_path / "cache", get=get)
    assert asked == ["1.0", "2.0", "2.0"]


def test_a_world_that_is_there_needs_no_network(tmp_path: Path) -> None:
    made = _pinned(tmp_path)
    first = _world(tmp_path, made)
    shutil.rmtree(tmp_path / "cache" / "archives")
    again = release_history(made, progress=_quiet, folder=tmp_path / "cache", get=no_network)
    assert again == first


def test_a_file_with_another_hash_is_refused_and_not_kept(tmp_path: Path) -> None:
    made = _pinned(tmp_path)
    (tmp_path / "index" / made.releases[0].file).write_bytes(b"something else")
    with pytest.raises(ArchiveError, match=r"pinned is .*do not use it"):
        _world(tmp_path, made)
    assert not list((tmp_path / "cache" / "archives").iterdir())


def test_an_archive_that_was_changed_on_disk_is_refused(tmp_path: Path) -> None:
    made = _pinned(tmp_path)
    kept = tmp_path / "cache" / "archives" / made.releases[0].file
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"half of")
    with pytest.raises(ArchiveError, match=r"pinned is .* Delete .* and run it again"):
        _world(tmp_path, made)


def test_an_index_that_gives_another_file_is_told(tmp_path: Path) -> None:
    def wheel(name: str, release: Release, folder: Path) -> None:
        (folder / "demo-1.0-py3-none-any.whl").touch()

    with pytest.raises(ArchiveError, match=r"has no demo-1\.0\.tar\.gz"):
        release_history(_pinned(tmp_path), progress=_quiet, folder=tmp_path / "cache", get=wheel)


def test_a_history_that_was_changed_or_is_built_otherwise_is_refused(tmp_path: Path) -> None:
    made = _pinned(tmp_path)
    wrong = msgspec.structs.replace(made, head="0" * 40)
    with pytest.raises(ConfigError, match="pinned is 000000000000"):
        _world(tmp_path, wrong)
    world = _world(tmp_path, made)
    git(world.folder, "commit", "--quiet", "--allow-empty", "-m", "mine")
    with pytest.raises(ConfigError, match="delete its folder"):
        _world(tmp_path, made)


def test_links_and_paths_that_lead_outside_are_left_out(tmp_path: Path) -> None:
    link = tarfile.TarInfo("demo-1.0/link.py")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    hard = tarfile.TarInfo("demo-1.0/hard.py")
    hard.type, hard.linkname = tarfile.LNKTYPE, "demo-1.0/a.py"
    outside = ["../../out.py", ".git/config", "/abs.py", "a/../../out.py"]
    made = package(
        tmp_path,
        [
            ("a.py", b"a = 1\n"),
            ("demo.egg-info/SOURCES.txt", b""),
            link,
            hard,
            *((name, b"") for name in outside),
        ],
    )
    assert contents(tmp_path / made.releases[0].file) == {"a.py": (b"a = 1\n", False)}


def test_an_archive_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "demo-1.0.tar.gz").write_bytes(b"no archive")
    with pytest.raises(ArchiveError, match="cannot be read"):
        contents(tmp_path / "demo-1.0.tar.gz")


@pytest.mark.parametrize("backend", ["setuptools.build_meta", "hatchling.build", None])
def test_pip_fetches_a_source_distribution_and_runs_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str | None
) -> None:
    ran = tmp_path / "ran"
    build = f'[build-system]\nrequires = ["nowhere"]\nbuild-backend = "{backend}"\n'.encode()
    made = package(
        tmp_path / "index",
        [
            ("setup.py", f"open({str(ran)!r}, 'w')\nraise SystemExit('ran')\n".encode()),
            *([("pyproject.toml", build)] if backend else []),
        ],
    )
    _use_index(monkeypatch, simple_index(tmp_path / "simple", tmp_path / "index", "demo"))
    (tmp_path / "got").mkdir()
    get_with_pip("demo", made.releases[0], tmp_path / "got")
    assert [path.name for path in (tmp_path / "got").iterdir()] == ["demo-1.0.tar.gz"]
    assert not ran.exists()


def test_without_a_network_pip_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _pinned(tmp_path)
    _use_index(monkeypatch, "http://127.0.0.1:9/simple")
    with pytest.raises(ArchiveError, match=r"lacks 2 of 2 .*Connect to a network with a package"):
        release_history(made, progress=_quiet, folder=tmp_path / "cache", get=get_with_pip)


def test_an_entry_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = _pinned(tmp_path)
    (tmp_path / "worlds.toml").write_text(entry(made) + "\n" + entry(made))
    assert pinned(tmp_path / "worlds.toml") == {"demo": made}


def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a list of pinned packages"):
        pinned(tmp_path / "missing.toml")
    (tmp_path / "worlds.toml").write_text('[[world]]\nname = "demo"\n')
    with pytest.raises(ConfigError, match="is not a list of pinned packages"):
        pinned(tmp_path / "worlds.toml")


def test_the_pinned_list_is_permissive_and_apart_from_what_the_model_was_trained_on() -> None:
    packages = pinned()
    held_out = {each.name for each in packages.values() if each.held_out}
    recipe = tomllib.loads(RECIPE.read_text())["package"]
    kept_from_the_model = {each["name"] for each in recipe if each.get("held_out")}
    assert len(packages) >= 14
    assert {"click", "httpx", "requests", "rich", "attrs", "typer"} <= held_out
    assert held_out <= kept_from_the_model
    assert len(packages) - len(held_out) >= 8
    assert not (packages.keys() - held_out) & kept_from_the_model
    for each in packages.values():
        dates = [release.uploaded for release in each.releases]
        assert len(dates) >= LEAST
        assert all(first < second for first, second in pairwise(dates))
        assert PERMISSIVE.search(each.license)
        assert not COPYLEFT.search(each.license)


def test_pinning_is_explained_by_its_help() -> None:
    command = [sys.executable, "-m", "understudy_trainer.repoworld.pin", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--held-out" in done.stdout


def _pinned(tmp_path: Path) -> Package:
    """Two releases, with the commit that everybody's history of them ends with."""
    made = package(
        tmp_path / "index",
        [("demo/a.py", b"a = 1\n"), ("setup.py", b"import setuptools\n")],
        [("demo/a.py", b"a = 2\r\n"), ("demo.egg-info/PKG-INFO", b"")],
    )
    head = build(
        made,
        tmp_path / "first" / "demo",
        folder=tmp_path / "first",
        progress=_quiet,
        get=index(tmp_path / "index"),
    )
    return msgspec.structs.replace(made, head=head)


def _world(tmp_path: Path, made: Package) -> World:
    return release_history(
        made, progress=_quiet, folder=tmp_path / "cache", get=index(tmp_path / "index")
    )


def _use_index(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", address)


def _quiet(what: str) -> None:
    pass
