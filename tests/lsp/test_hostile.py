"""A folder that wants its own code to run, in the language server or in what it starts."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import git
import psutil
import pytest
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import editor_over_stdio
from workplace import CODE, environment, opened, status

MODULES = (
    *("lsprotocol", "pygls", "cattrs", "attrs", "attr", "msgspec", "httpx", "git", "numpy"),
    *("tree_sitter", "tree_sitter_language_pack", "rapidfuzz", "pathspec", "platformdirs"),
    *("click", "rich", "understudy", "understudy_lsp", "understudy_protocol", "understudy_server"),
    *("lsp", "server", "sitecustomize", "usercustomize", "json", "asyncio", "sqlite3", "conftest"),
)

PROGRAMS = ("git", "understudy", "python", "python3", Path(sys.executable).name, "sh")

SETTINGS = {
    "core": ("fsmonitor", "sshCommand", "hooksPath", "pager", "editor", "gitProxy", "askPass"),
    'remote "origin"': ("uploadpack", "receivepack", "vcs"),
    "credential": ("helper",),
    "diff": ("external",),
    "uploadpack": ("packObjectsHook",),
}


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {
            "PATH": f".:{os.environ['PATH']}:",
            "PYTHONPATH": "",
            "PYTHONSAFEPATH": "",
            "PYTHONSTARTUP": "sitecustomize.py",
            "VIRTUAL_ENV": ".venv",
        },
    ],
)
async def test_nothing_of_a_hostile_folder_runs(
    gateway: FakeGateway, work: Path, tmp_path: Path, variables: dict[str, str]
) -> None:
    gateway.script = saying("width * height")
    ran = tmp_path / "ran"
    plant(work, ran)
    async with editor_over_stdio(cwd=work, environment=environment(**variables)) as (
        editor,
        process,
    ):
        uri = await opened(editor, work)
        assert await editor.ghost(uri, len(CODE), invoked=True) is not None
        server = psutil.Process(process.pid)
        await until(lambda: len(server.children()) > 0)
        await until(lambda: status(editor)["kind"] == "consent")  # after the index is there
    assert list((tmp_path / "cache").rglob("*.db*")) != []
    assert not ran.exists(), ran.read_text()


async def test_a_path_for_modules_that_leads_into_a_hostile_folder_is_not_taken(
    gateway: FakeGateway, work: Path, tmp_path: Path
) -> None:
    gateway.script = saying("width * height")
    ran = tmp_path / "ran"
    too_early = {"sitecustomize", "understudy"}  # for anything of ours to prevent (see `cli`)
    plant(work, ran, modules=[name for name in MODULES if name not in too_early])
    variables = environment(PYTHONPATH=f".:{work}", PYTHONPYCACHEPREFIX="cache")
    async with editor_over_stdio(cwd=work, environment=variables) as (editor, process):
        uri = await opened(editor, work)
        assert await editor.ghost(uri, len(CODE), invoked=True) is not None
        server = psutil.Process(process.pid)
        await until(lambda: len(server.children()) > 0)
        started = [server, *server.children()]
        assert not any("PYTHONPATH" in each.environ() for each in started)
        await until(lambda: status(editor)["kind"] == "consent")
    assert not ran.exists(), ran.read_text()


def plant(folder: Path, ran: Path, *, modules: Sequence[str] = MODULES) -> None:
    """Everything that might be run by mistake, each of which leaves its name in `ran`."""
    for module in modules:
        code = f"open({str(ran)!r}, 'a').write({module!r} + '\\n')\n"
        (folder / f"{module}.py").write_text(code)
        if module not in PROGRAMS:
            (folder / module).mkdir()
            (folder / module / "__init__.py").write_text(code)
    for place in (folder, folder / ".venv" / "bin"):
        place.mkdir(parents=True, exist_ok=True)
        for program in PROGRAMS:
            write_program(place / program, ran)
    (folder / ".venv" / "pyvenv.cfg").write_text("home = .\n")
    (folder / "pyvenv.cfg").write_text("home = .\n")
    (folder / ".env").write_text("PYTHONPATH=.\nUNDERSTUDY_STATE_DIR=.\nGIT_SSH_COMMAND=./git\n")
    (folder / "address").write_text("http://127.0.0.1:1")
    (folder / "token").write_text("stolen")
    plant_repository(folder, ran)


def plant_repository(folder: Path, ran: Path) -> None:
    """A clone that lacks its first commit and wants to fetch it with a program of its own."""
    script = folder / "from_git_config"
    write_program(script, ran)
    with git.Repo.init(folder) as repository:
        author = git.Actor("a", "a@b")
        first = repository.index.commit("The first", author=author, committer=author)
        repository.index.commit("The second", author=author, committer=author)
        with repository.config_writer() as config:
            config.set_value("core", "repositoryformatversion", 1)
            config.set_value("extensions", "partialClone", "origin")
            config.set_value('remote "origin"', "url", str(folder))
            config.set_value('remote "origin"', "promisor", "true")
            for section, names in SETTINGS.items():
                for name in names:
                    config.set_value(section, name, str(script))
        git_folder, digest = Path(repository.git_dir), first.hexsha
    (git_folder / "objects" / digest[:2] / digest[2:]).unlink()
    for hook in ("post-checkout", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman"):
        write_program(git_folder / "hooks" / hook, ran)


def write_program(path: Path, ran: Path) -> None:
    path.write_text(f"#!/bin/sh\necho {path.name} >> {ran}\n")
    path.chmod(0o755)
