"""Which programs the extension starts: the person's own, and none of the folder that is open."""

import json
import os
import re
from pathlib import Path

import pytest
from e2e.vscode.fake_language_server import AWAY
from e2e.vscode.installation import Tools
from e2e.vscode.packing import fake_program
from e2e.vscode.workbench import workbench

pytestmark = pytest.mark.editor

BUTTON = ".notification-toast .monaco-button:text-is('{}')"
TERMINAL = ".xterm-rows:has-text('{}')"
ROWS = "[...document.querySelectorAll('.xterm-rows > div')].map((row) => row.textContent).join('')"


async def test_a_hostile_folder_has_nothing_of_its_own_run(
    tools: Tools, vsix: Path, tmp_path: Path
) -> None:
    folder, ran, log = tmp_path / "hostile", tmp_path / "ran", tmp_path / "log"
    planted = folder / ".venv" / "bin" / "understudy"
    planted.parent.mkdir(parents=True)
    planted.write_text(f"#!/bin/sh\ntouch {ran}\n")
    planted.chmod(0o755)
    for name in ("lsprotocol.py", "json.py", "asyncio.py", "sitecustomize.py"):
        (folder / name).write_text(f"open({str(ran)!r}, 'w').close()\n")
    settings = {"understudy.server.command": str(planted), "understudy.gateway.url": AWAY}
    (folder / ".vscode").mkdir()
    (folder / ".vscode" / "settings.json").write_text(json.dumps(settings))
    (folder / "main.py").write_text("")
    home = tmp_path / "home"
    fake_program(home / ".local", log)
    path = os.pathsep.join([str(planted.parent), ".", os.environ["PATH"]])
    async with workbench(
        tools,
        vsix,
        folder,
        folder / "main.py",
        state=tmp_path / "state",
        settings={},
        environment={"PATH": path, "PYTHONPATH": str(folder), "HOME": str(home)},
    ) as bench:
        await bench.status("mortar-board")  # with the workspace's gateway it would be in trouble
    assert log.exists()
    assert not ran.exists()


async def test_without_the_program_its_installation_is_typed_into_a_terminal(
    tools: Tools, vsix: Path, tmp_path: Path
) -> None:
    """From what the extension carries: on PyPI its name is somebody else's."""
    home = tmp_path / "home"
    uv = home / ".local" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    file = tmp_path / "folder" / "main.py"
    file.parent.mkdir()
    file.write_text("")
    async with workbench(
        tools,
        vsix,
        file.parent,
        file,
        state=tmp_path / "state",
        settings={},
        environment={"PATH": "/usr/bin:/bin", "HOME": str(home)},
    ) as bench:
        await bench.do("click", BUTTON.format("Install in a Terminal"))
        await bench.do("await", TERMINAL.format("engine-cpu]"), "visible", 30_000)
        typed = await bench.do("evaluate", ROWS)
        await bench.status("warning")
    command = (
        r'uv tool install --torch-backend cpu --overrides "([^"]+)" "([^"]+\.whl)\[[a-z,-]+\]"'
    )
    found = re.search(command, typed.replace("\xa0", " "))
    assert found is not None, typed
    packed = (tmp_path / "state" / "extensions").rglob("*")
    assert set(found.groups()) <= {str(path) for path in packed}


async def test_a_path_that_is_set_later_is_gone_by_at_once(
    tools: Tools, vsix: Path, tmp_path: Path
) -> None:
    """As people do who were told to."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "main.py").write_text("")
    async with workbench(
        tools,
        vsix,
        home,
        home / "main.py",
        state=tmp_path / "state",
        settings={},
        environment={"PATH": "/usr/bin:/bin", "HOME": str(home)},
    ) as bench:
        await bench.status("warning")
        written = tmp_path / "state" / "data" / "Machine" / "settings.json"
        chosen = str(fake_program(tmp_path, tmp_path / "log"))
        written.write_text(json.dumps({"understudy.server.command": chosen}))
        await bench.status("mortar-board")


async def test_without_a_gateway_it_is_started_at_a_click(
    tools: Tools, vsix: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    file = tmp_path / "folder" / "main.py"
    file.write_text("")
    settings: dict[str, object] = {
        "understudy.server.command": str(fake_program(tmp_path, tmp_path / "log")),
        "understudy.gateway.url": AWAY,
    }
    async with workbench(
        tools, vsix, file.parent, file, state=tmp_path / "state", settings=settings
    ) as bench:
        await bench.do("click", BUTTON.format("Start the Gateway"))
        await bench.do("await", TERMINAL.format("gateway started"), "visible", 30_000)
