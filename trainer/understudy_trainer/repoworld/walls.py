"""What a sandbox is made of: the command lines that put walls around a command.

Inside there are the programs of the system and of this Python, to be read; `/source`, the folder,
to be read; `/scratch`, its copy, and `/tmp`, both in memory. Bubblewrap puts that up, or `unshare`
and a script that does the same; both have it from the kernel's namespaces. A second script, the
same for both, copies the folder, sets limits and starts the command.
"""

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

MEMORY_BYTES = 2 << 30
"""Of one process."""
PROCESSES = 512
"""At a time. The kernel counts those of a person, but not root's."""
PROCESSOR_S = 1800
"""Of one process: should whoever waits for it be killed, it ends all the same."""
FILE_BYTES = 64 << 20
SCRATCH_BYTES = 512 << 20
"""Of the copy, and as many of `/tmp`."""
SHARED_BYTES = 64 << 20
"""Of `/dev/shm`."""

ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
}

_NOBODY = 65534
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_NAMESPACES = ("--mount", "--net", "--pid", "--ipc", "--uts")

_NO_RIGHTS = ("setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all")
_AS_NOBODY = (*_NO_RIGHTS, f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")


class Walls(Protocol):
    def __call__(self, command: Sequence[str], *, folder: Path, root: Path) -> list[str] | None:
        """The command line that runs `command` in a copy of `folder`. `root` is an empty folder
        to use meanwhile. None where the programs for it are missing."""
        ...


def bubblewrap(command: Sequence[str], *, folder: Path, root: Path) -> list[str] | None:
    program = shutil.which("bwrap")
    if program is None:
        return None
    # Root needs no user namespace, and without one can become nobody in the end.
    users = () if _is_root() else ("--unshare-user",)
    walls = [program, "--die-with-parent", "--new-session", *users]
    walls += ["--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    walls += ["--size", str(SCRATCH_BYTES), "--perms", "1777", "--tmpfs", "/tmp"]
    for path in _readable():
        link = path.is_symlink()
        walls += ["--symlink", os.readlink(path), str(path)] if link else _twice("--ro-bind", path)
    walls += ["--ro-bind", str(folder), "/source", "--size", str(SCRATCH_BYTES)]
    walls += ["--perms", "1777", "--tmpfs", "/scratch", "--proc", "/proc", "--dev", "/dev"]
    walls += ["--remount-ro", "/dev", "--size", str(SHARED_BYTES)]
    walls += ["--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/"]
    rights = _AS_NOBODY if _is_root() else ()
    return [*walls, "sh", "-c", _start(command, rights)]


def namespaces_of_root(command: Sequence[str], *, folder: Path, root: Path) -> list[str] | None:
    """For root, who needs no user namespace and becomes nobody in the end."""
    if not _is_root():
        return None
    return _unshare(_NAMESPACES, _AS_NOBODY, command, folder=folder, root=root)


def namespaces(command: Sequence[str], *, folder: Path, root: Path) -> list[str] | None:
    """For whoever may make a user namespace."""
    users = (*_NAMESPACES, "--user", "--map-root-user")
    return _unshare(users, _NO_RIGHTS, command, folder=folder, root=root)


WALLS: tuple[Walls, ...] = (
    (bubblewrap, namespaces_of_root, namespaces) if sys.platform == "linux" else ()
)
"""In the order in which they are tried."""


def _unshare(
    flags: Sequence[str],
    rights: Sequence[str],
    command: Sequence[str],
    *,
    folder: Path,
    root: Path,
) -> list[str] | None:
    program = shutil.which("unshare")
    if program is None:
        return None
    script = f"set -e\n{_put_up(root, folder)}\n{_start(command, rights)}"
    return [program, *flags, "--fork", "--kill-child", "sh", "-c", script]


def _put_up(root: Path, folder: Path) -> str:
    """A script that makes the file system in which nothing can be written, and goes there."""
    new = shlex.quote(str(root))
    lines = [
        f"mount -t tmpfs -o size=1m,mode=755 tmpfs {new}",
        f"cd {new}",
        "mkdir source scratch tmp dev proc old",
        *(
            f"mount -t tmpfs -o size={SCRATCH_BYTES},mode=1777,nosuid,nodev tmpfs {place}"
            for place in ("tmp", "scratch")
        ),
    ]
    for path in _readable():
        here = shlex.quote(str(path).removeprefix("/"))
        above = shlex.quote(str(path.parent).removeprefix("/") or ".")
        lines += [f"mkdir -p {above}"]
        if path.is_symlink():
            lines += [f"ln -s {shlex.quote(os.readlink(path))} {here}"]
        else:
            lines += [f"mkdir -p {here}", f"mount --rbind {shlex.quote(str(path))} {here}"]
    lines += [f"mount --rbind {shlex.quote(str(folder))} source"]
    lines += [_READ_ONLY.replace("ROOT", new)]
    for device in _DEVICES:
        lines += [f"touch dev/{device}", f"mount --bind /dev/{device} dev/{device}"]
    return "\n".join([*lines, _MOVE_IN.replace("SHARED", str(SHARED_BYTES))])


_READ_ONLY = r"""
while read -r _ _ _ _ point _; do
    point=$(printf '%b' "$point")
    case $point in
        ROOT/tmp | ROOT/scratch) ;;
        ROOT/*) mount -o remount,bind,ro,nosuid,nodev "$point" ;;
    esac
done < /proc/self/mountinfo
"""
"""Everything that is mounted below, what was mounted there before included."""

_MOVE_IN = """
ln -s /proc/self/fd dev/fd
mkdir dev/shm
mount -t tmpfs -o size=SHARED,mode=1777,nosuid,nodev tmpfs dev/shm
mount -t proc -o ro,nosuid,nodev,noexec proc proc 2>/dev/null || true
pivot_root . old
cd /
umount -l /old
mount -o remount,bind,ro,nosuid,nodev /
"""
"""A container may not show its processes; then there is no /proc."""

_LOOPBACK = """
import fcntl, socket, struct
with socket.socket() as one:
    fcntl.ioctl(one, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
"""
"""SIOCSIFFLAGS, IFF_UP | IFF_RUNNING: tests may talk to their own servers."""


def _start(command: Sequence[str], rights: Sequence[str]) -> str:
    """A script that copies the folder and runs the command there. The shell stays, as the first
    process, with whose end everything ends."""
    limits = ["prlimit", f"--data={MEMORY_BYTES}", f"--nproc={PROCESSES}", "--core=0"]
    limits += [f"--cpu={PROCESSOR_S}"]
    limits += [f"--fsize={FILE_BYTES}", "--"]
    owner = f"chown -hR {_NOBODY}:{_NOBODY} /scratch" if tuple(rights) == _AS_NOBODY else ":"
    loopback = shlex.join([sys.executable, "-I", "-S", "-c", _LOOPBACK])
    return "\n".join(
        [
            "set -e",
            "cp -dR --preserve=mode,timestamps,links /source/. /scratch/",
            owner,
            f"{loopback} 2>/dev/null || true",
            "cd /scratch",
            "set +e",
            # Limits come first: afterwards nobody may raise them again.
            shlex.join([*limits, *rights, *command]),
            "exit $?",
        ]
    )


def _readable() -> list[Path]:
    """Folders of programs; of those that lie in each other the outer one."""
    every = [Path(path) for path in (*_SYSTEM, sys.base_prefix, sys.prefix)]
    found: list[Path] = []
    for path in every:
        if path.is_dir() and not any(path.is_relative_to(outer) for outer in found):
            found.append(path)
    return found


def _twice(option: str, path: Path) -> list[str]:
    return [option, str(path), str(path)]


def _is_root() -> bool:
    return os.geteuid() == 0
