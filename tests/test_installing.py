"""How Understudy gets onto a machine: as its own wheel, and never by its name, which on PyPI is
somebody else's package."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LARGE = 2**20

BY_NAME = re.compile(
    r"\bunderstudy\[[a-z]"
    r"|\b(?:(?:pip3?|pipx|uv(?: tool| pip)?) (?:install|upgrade|add)|uvx|pipx run)\b"
    r".*[\s\"'`]understudy(?![\w./\\-])"
)
"""A line that would have an installer fetch a package of that name."""


@pytest.mark.parametrize(
    "line",
    [
        "pip install understudy",
        "uv tool install -U understudy==0.1",
        'uv tool install "understudy[lsp,server,engine-cpu]"',
        'terminal.sendText(`${tool} "understudy[lsp]"`)',
        "uvx understudy demo",
    ],
)
def test_the_name_is_found_where_an_installer_would_take_it(line: str) -> None:
    assert BY_NAME.search(line)


@pytest.mark.parametrize(
    "line",
    [
        'uv tool install --overrides requirements/overrides.txt ".[lsp,server]"',
        'uv tool install "/opt/understudy/understudy-0.1.0-py3-none-any.whl[lsp]"',
        "Never install `understudy` by its name.",
    ],
)
def test_a_path_is_no_name(line: str) -> None:
    assert not BY_NAME.search(line)


def test_no_file_has_anybody_install_the_name() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in files(".")
        if (ROOT / name).stat().st_size < LARGE and ROOT / name != Path(__file__)
        for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), 1)
        if BY_NAME.search(line)
    ]
    assert found == []


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as the extension carries it, with all that is in it in a folder."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_has_every_file_of_every_package(unpacked: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    places = {folder: folder.partition("/")[2] for folder in wheel["packages"]}
    places |= wheel["force-include"]
    missing = [
        name
        for folder, place in places.items()
        for name in files(folder)
        if not (unpacked / place / Path(name).relative_to(folder)).exists()
    ]
    assert missing == []


def test_the_wheel_runs_by_itself_and_finds_its_model(unpacked: Path) -> None:
    code = (
        "import sys, understudy.cli, understudy_lsp.main, understudy_server.commands.serve\n"
        "from understudy_releases.paths import embedded_model\n"
        "print(embedded_model())\n"
        "sys.argv[1:] = ['--help']\n"
        "understudy.cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=unpacked.parent,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )
    model, _, said = done.stdout.partition("\n")
    assert Path(model).is_relative_to(unpacked)
    assert "serve" in said


def test_the_extension_and_the_program_have_one_version() -> None:
    """The extension names the wheel by its own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    manifest = (ROOT / "package.json").read_text()
    assert f'"version": "{project["project"]["version"]}"' in manifest


def files(folder: str) -> list[str]:
    """Those that git keeps, or would keep, below a folder of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
