"""What is installed: the extension as `make extension` packs it, the same with a witness, and a
program for it to start."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUNDLE = "extension/extension/dist/extension.js"


def pack(folder: Path) -> Path:
    """The extension, packed anew."""
    _run("npm", "run", "--silent", "package")
    return Path(shutil.copy(ROOT / "extension" / "dist" / "understudy.vsix", folder))


def pack_with_witness(vsix: Path, folder: Path) -> Path:
    """The same, with `witness.ts` around its code."""
    bundle = folder / "witness.js"
    _run(
        *["npx", "esbuild", "tests/e2e/vscode/witness.ts", f"--outfile={bundle}", "--bundle"],
        *["--platform=node", "--external:vscode"],
    )
    witnessed = folder / "witnessed.vsix"
    with zipfile.ZipFile(vsix) as packed, zipfile.ZipFile(witnessed, "w") as rewritten:
        for name in packed.namelist():
            content = bundle.read_bytes() if name == BUNDLE else packed.read(name)
            rewritten.writestr(name, content)
    return witnessed


def fake_program(folder: Path, log: Path) -> Path:
    """An `understudy` of which `lsp` is the fake language server, which logs to a file, and `serve`
    says so and waits."""
    script = Path(__file__).with_name("fake_language_server.py")
    path = folder / "bin" / "understudy"
    path.parent.mkdir(parents=True)
    path.write_text(
        "#!/bin/sh\n"
        '[ "$1" = serve ] && echo "gateway started" && exec sleep 60\n'
        f'exec "{sys.executable}" "{script}" "{log}"\n'
    )
    path.chmod(0o755)
    return path


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
