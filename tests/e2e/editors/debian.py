"""Editors out of Debian's packages, unpacked into a folder of their own outside the checkout.

Nothing of the system changes and nobody has to be root: apt runs on a state of its own, and each
suite brings its own C library, whose loader runs its programs on any Linux.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

MIRROR = "http://deb.debian.org/debian"
"""Where the system names no mirror of Debian."""
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

PACKAGES = {
    "forky": ("neovim", "hx"),
    "trixie": ("neovim", "emacs-nox"),
    "trixie-kate": ("kate", "qt6-wayland", "sway", "grim"),
    "bookworm": ("neovim", "tmux"),
}
"""By suite, behind a hyphen what stands in a folder of its own. Neovim is 0.12 or newer in forky,
0.10 in trixie, 0.7 in bookworm."""

MINUTES = 10
"""Of one command; Emacs is 90 MB, Kate 200."""


class Unavailable(Exception):
    """The packages cannot be unpacked here; says why."""


class Unreachable(Unavailable):
    """The index of packages cannot be reached, which is no fault of this machine's."""


def unpacked(name: str) -> Path:
    """The root of the packages. What is there already is used. Raises Unavailable."""
    cache = Path(os.environ.get("UNDERSTUDY_E2E_DIR", Path.home() / ".cache" / "understudy-e2e"))
    root = cache / f"debian-{name}"
    if root.exists():
        return root
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None or not KEYS.exists():
        raise Unavailable("Packages of Debian are unpacked with apt-get, dpkg and Debian's keys.")
    suite = name.partition("-")[0]
    sys.stderr.write(f"for the tests, from Debian {suite}: {', '.join(PACKAGES[name])}\n")
    staged = cache / f"debian-{name}.{os.getpid()}"
    try:
        _unpack(PACKAGES[name], suite, staged)
        (staged / "root").rename(root)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return root


def _unpack(packages: tuple[str, ...], suite: str, folder: Path) -> None:
    apt = folder / "apt"
    archives = apt / "cache" / "archives"
    for needed in (apt / "lists" / "partial", archives / "partial", folder / "root"):
        needed.mkdir(parents=True)
    (apt / "status").touch()  # nothing is installed, so everything needed comes along
    (apt / "sources.list").write_text(f"deb [signed-by={KEYS}] {_mirror()} {suite} main\n")
    places = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": apt / "lists",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "root",
        "APT::Update::Error-Mode": "any",
    }
    config = apt / "apt.conf"
    config.write_text("".join(f'{name} "{value}";\n' for name, value in places.items()))
    environment = {**os.environ, "APT_CONFIG": str(config)}
    try:
        _run(["apt-get", "update", "-qq"], environment)
    except Unavailable as error:
        raise Unreachable(str(error)) from error
    options = ["-qq", "-y", "--no-install-recommends", "--download-only"]
    _run(["apt-get", "install", *options, *packages], environment)
    for package in sorted(archives.glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(folder / "root")], environment)


def _mirror() -> str:
    """Where this machine gets its own packages, if it is a Debian."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Label: Debian"]
    found = subprocess.run(command, capture_output=True, text=True).stdout.split()
    return found[0].rstrip("/") if found else MIRROR


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environment, timeout=60 * MINUTES, capture_output=True, text=True
    )
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise Unavailable(f"`{' '.join(command)}` failed: {' '.join(last)}")
