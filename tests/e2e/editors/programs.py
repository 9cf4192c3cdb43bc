"""The programs that the tests drive, each a script that runs it with its suite's own loader."""

import stat
from pathlib import Path

from e2e.editors.debian import unpacked
from e2e.editors.windows import Wayland

OWN = ("libproxy", "pulseaudio")
"""Libraries that have a folder of their own, by a path from the root of the system."""


def neovim(suite: str) -> Path:
    root = unpacked(suite)
    return _script(root, "nvim", VIMRUNTIME=root / "usr/share/nvim/runtime")


def helix() -> Path:
    root = unpacked("forky")
    return _script(root, "hx", HELIX_RUNTIME=root / "usr/lib/hx/runtime")


def emacs() -> Path:
    root = unpacked("trixie")
    [lisp] = root.glob("usr/share/emacs/*/lisp")
    [dump] = root.glob("usr/libexec/emacs/*/*/*.pdmp")
    folders = [lisp, *sorted(path for path in lisp.rglob("*") if path.is_dir())]
    return _script(
        root,
        "emacs-nox",
        f"--dump-file={dump}",
        EMACSLOADPATH=":".join(map(str, folders)),
        EMACSDATA=lisp.parent / "etc",
        EMACSDOC=lisp.parent / "etc",
        EMACSPATH=dump.parent,
    )


def tmux() -> Path:
    return _script(unpacked("bookworm"), "tmux")


def kate() -> Path:
    root = unpacked("trixie-kate")
    [plugins] = root.glob("usr/lib/*-linux-gnu/qt6/plugins")
    return _script(
        root,
        "kate",
        QT_PLUGIN_PATH=plugins,
        FONTCONFIG_SYSROOT=root,
        XDG_DATA_DIRS=root / "usr/share",
        XKB_CONFIG_ROOT=root / "usr/share/X11/xkb",
    )


def wayland() -> Wayland:
    root = unpacked("trixie-kate")
    keyboards = root / "usr/share/X11/xkb"
    names = ("sway", "swaymsg", "grim")
    return Wayland(*(_script(root, name, XKB_CONFIG_ROOT=keyboards) for name in names))


def _script(root: Path, name: str, *arguments: str, **environment: object) -> Path:
    libraries = [*root.glob("lib/*-linux-gnu"), *root.glob("usr/lib/*-linux-gnu")]
    loader = next(path for folder in libraries for path in folder.glob("ld-linux*.so.*"))
    libraries += [path for name in OWN for path in root.glob(f"usr/lib/*-linux-gnu/{name}")]
    variables = "".join(f'export {key}="{value}"\n' for key, value in environment.items())
    command = [loader, "--library-path", ":".join(map(str, libraries)), root / "usr/bin" / name]
    quoted = " ".join(f'"{part}"' for part in (*command, *arguments))
    script = root / f"run-{name}"
    script.write_text(f'#!/bin/sh\n{variables}exec {quoted} "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script
