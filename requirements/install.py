"""Set up `.venv` for development and the demo: `python3 requirements/install.py`.

Standard library only, because it runs before anything is installed. Each step prints a line; a step
whose inputs have not changed since it last succeeded is skipped, so that running it again is cheap.
What is installed is pinned in `cpu.txt` (hash-checked; regenerate it with `make lock`). torch comes
first and by itself: its CPU build carries a local version and stands in an index of its own, and
the default builds of it would pull in several gigabytes of CUDA.
"""

import hashlib
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
LOCK = ROOT / "requirements" / "cpu.txt"
TORCH = "torch==2.13.0+cpu"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


def main() -> None:
    if sys.version_info < (3, 11):
        version = ".".join(map(str, sys.version_info[:3]))
        sys.exit(
            f"Python {version} is too old. Install Python 3.11 and run `make setup "
            f"PYTHON=python3.11`."
        )
    pip = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "-qq",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    steps = [
        ("a virtual environment in .venv", [], make_venv),
        ("torch (190 MB)", [TORCH], lambda: install_torch(pip)),
        ("vLLM and everything pinned", [LOCK], lambda: run([*pip, "-r", str(LOCK)])),
        (
            "understudy itself, editable",
            [ROOT / "pyproject.toml"],
            lambda: run([*pip, "-e", str(ROOT)]),
        ),
    ]
    if shutil.which("npm") is not None:
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        lock = ROOT / "package-lock.json"
        steps.append(("pyright, the extension (npm)", [lock], lambda: run(npm)))
    for number, (what, inputs, action) in enumerate(steps, 1):
        print(f"[{number}/{len(steps)}] {what:<32}", end=" ", flush=True)
        stamp = VENV / f"step-{number}.sha256"
        digest = fingerprint(inputs)
        if stamp.exists() and stamp.read_text() == digest:
            print("up to date")
            continue
        started = time.monotonic()
        action()
        stamp.write_text(digest)
        print(f"{time.monotonic() - started:.0f} s")


def make_venv() -> None:
    venv.create(VENV, with_pip=True, clear=VENV.exists())


def install_torch(pip: list[str]) -> None:
    """From the package indexes pip is set up with; if they lack the CPU build, from PyTorch's
    own."""
    if subprocess.run([*pip, TORCH], cwd=ROOT, capture_output=True).returncode != 0:
        run([*pip, "--index-url", TORCH_INDEX, TORCH])


def run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(
            f"\nThis step failed: {' '.join(command)}\n"
            "What the tool printed above says why. With the network back or the disk freed, run "
            "`make setup` again: finished steps are not repeated."
        )


def fingerprint(inputs: list[Path | str]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for item in inputs:
        digest.update(item.read_bytes() if isinstance(item, Path) else item.encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
