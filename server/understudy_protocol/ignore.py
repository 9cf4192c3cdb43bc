"""Which files are nobody's business: the one matcher for prompts, snippets, events and training.

Ignore files are read by the caller; this module is given their texts. A path is ignored if git
would ignore it (tracked or not), if a `.understudyignore` says so, which is written in the same
way, or if its name is one that secrets have. None of the three can bring back what another takes
away, and what is no plain path inside the folder is ignored as well.

Source: gitignore(5); `tests/protocol/test_ignore.py` compares with `git check-ignore`.
"""

import re
from collections.abc import Callable

import msgspec

from understudy_protocol.ignore_glob import name_expression, path_expression

IGNORE_FILES = (".gitignore", ".understudyignore")

SECRETS = """
.git .env .env.* *.env .envrc !.env.example !.env.sample !.env.template !.env.dist *.pem *.key
*.p12 *.pfx *.p8 *.ppk *.jks *.keystore *.keytab *.kdb *.kdbx *.gpg *.asc *.age *.ovpn *.tfstate
*.tfstate.* *.tfvars *.secret id_rsa* id_dsa* id_ecdsa* id_ed25519* .netrc _netrc .pgpass .my.cnf
.npmrc .yarnrc .pypirc .htpasswd .git-credentials .dockercfg **/.docker/config.json
**/.kube/config .terraformrc .vault-token .vault_pass* .boto .s3cfg .ssh/ .aws/ .azure/ .gnupg/
credentials !credentials/ credentials.json credentials.y*ml credentials.xml credentials.toml
credentials.ini credentials.csv secret.y*ml secrets.y*ml secrets.json secrets.toml secrets.ini
client_secret*.json *service[-_]account*.json
"""
"""Patterns for files that hold secrets, in any case of letters. Source code is none of them: people
who work on `credentials.py` want completions."""

BULK = """
node_modules/ bower_components/ site-packages/ __pycache__/ .venv/ venv/ .tox/ .nox/ .*_cache/
.cache/ .gradle/ .terraform/ .idea/ .svn/ .hg/ *.egg-info/ *.min.js *.min.css *.bundle.js *.map
*.lock package-lock.json pnpm-lock.yaml go.sum *.7z *.a *.avi *.bin *.bmp *.bz2 *.class *.csv
*.dat *.db *.dll *.doc *.docx *.dylib *.eot *.exe *.flac *.gif *.gz *.h5 *.ico *.ipynb *.jar
*.jpeg *.jpg *.jsonl *.lib *.log *.mo *.mov *.mp3 *.mp4 *.npy *.npz *.o *.obj *.ogg *.onnx *.otf
*.parquet *.pdb *.pdf *.pickle *.pkl *.png *.po *.ppt *.pptx *.psd *.pt *.pth *.pyc *.rar
*.safetensors *.so *.sqlite *.sqlite3 *.svg *.tar *.tgz *.tif *.tiff *.tsv *.ttf *.war *.wasm
*.wav *.webm *.webp *.whl *.woff *.woff2 *.xls *.xlsx *.xz *.zip *.zst
"""
"""Folders and files that nobody wrote by hand, in any case of letters: not worth an index, although
whoever opens one may be helped there."""


class Pattern(msgspec.Struct, frozen=True):
    """One line of an ignore file."""

    expression: re.Pattern[bytes]
    name_only: bool
    """It is compared with the last name of a path, not with the whole."""
    folders_only: bool
    negated: bool
    """It brings back what a line before it ignores."""


class Patterns(msgspec.Struct, frozen=True):
    """What ignore files say in one folder, and quick ways to see that it is nothing."""

    lines: tuple[Pattern, ...]
    """The weakest first."""
    paths: tuple[Pattern, ...]
    """Those of them that are about more than a name."""
    names: frozenset[bytes]
    endings: tuple[bytes, ...]
    others: re.Pattern[bytes]
    """A name on which some line has a view is one of `names`, or has one of `endings`, or matches
    `others`."""

    def concerns(self, name: bytes) -> bool:
        """Whether some line is about a file or folder of this name, wherever it is."""
        return (
            name in self.names
            or name.endswith(self.endings)
            or self.others.fullmatch(name) is not None
        )


PatternsIn = Callable[[str], Patterns]
"""What ignore files of one kind say in a folder, by its path; the root's is empty."""


def patterns_of(*texts: str) -> Patterns:
    """The patterns in the texts of ignore files that speak of one folder, the weakest file first.
    Comments and malformed lines are left out."""
    lines: list[Pattern] = []
    names: list[bytes] = []
    endings: list[bytes] = []
    others: list[str] = []
    for text in texts:
        content = text.removeprefix("\ufeff").encode("utf-8", "surrogateescape")
        for line in content.split(b"\n"):
            glob, negated, folders_only = _flags(line.removesuffix(b"\r").partition(b"\0")[0])
            name_only = b"/" not in glob
            expression = name_expression(glob) if name_only else path_expression(glob)
            if not glob or expression is None:
                continue
            lines.append(
                Pattern(
                    expression=_compiled(expression),
                    name_only=name_only,
                    folders_only=folders_only,
                    negated=negated,
                )
            )
            if name_only and not _SPECIAL.search(glob):
                names.append(glob)
            elif name_only and not _SPECIAL.search(glob, 1) and glob.startswith(b"*"):
                endings.append(glob[1:])
            elif name_only:
                others.append(expression)
    return Patterns(
        lines=tuple(lines),
        paths=tuple(line for line in lines if not line.name_only),
        names=frozenset(names),
        endings=tuple(endings),
        others=_compiled("|".join(others) or "(?!)"),
    )


def ignored(path: str, *kinds: PatternsIn, folder: bool = False) -> bool:
    """Whether `path`, relative and with forward slashes, is ignored: by the names of secrets or by
    any of `kinds`. `folder` says that it is one."""
    if not is_plain(path) or is_secret(path, folder=folder):
        return True
    return any(excluded(path, kind, folder=folder) for kind in kinds)


def is_plain(path: str) -> bool:
    """Whether `path` names something inside the folder, by names that can be written down."""
    return not _NOT_PLAIN.search(path)


def is_secret(path: str, *, folder: bool = False) -> bool:
    return excluded(path.lower(), secrets, folder=folder)


def is_bulk(path: str, *, folder: bool = False) -> bool:
    return excluded(path.lower(), bulk, folder=folder)


def secrets(directory: str) -> Patterns:
    """What `SECRETS` says of a path in small letters."""
    return NOTHING if directory else _SECRETS


def bulk(directory: str) -> Patterns:
    """What `BULK` says of a path in small letters."""
    return NOTHING if directory else _BULK


def excluded(path: str, patterns_in: PatternsIn, *, folder: bool = False) -> bool:
    """Whether ignore files of one kind exclude `path` or a folder that it is in: what an excluded
    folder holds cannot be brought back."""
    ends = [at for at, letter in enumerate(path) if letter == "/"]
    return any(verdict(path[:end], patterns_in, folder=True) for end in ends) or bool(
        verdict(path, patterns_in, folder=folder)
    )


def verdict(path: str, patterns_in: PatternsIn, *, folder: bool) -> bool | None:
    """What ignore files of one kind say of `path` itself, whatever becomes of the folders that it
    is in; None if nothing. The deepest file speaks first, and in a file the last line."""
    whole = path.encode("utf-8", "surrogateescape")
    start = whole.rfind(b"/") + 1
    name = whole[start:]
    while True:
        patterns = patterns_in(whole[: max(start - 1, 0)].decode("utf-8", "surrogateescape"))
        for pattern in reversed(patterns.lines if patterns.concerns(name) else patterns.paths):
            if pattern.folders_only and not folder:
                continue
            if pattern.expression.fullmatch(name if pattern.name_only else whole[start:]):
                return not pattern.negated
        if start == 0:
            return None
        start = whole.rfind(b"/", 0, start - 1) + 1


def _flags(line: bytes) -> tuple[bytes, bool, bool]:
    """The pattern of a line, whether it is negated, and whether it is about folders only."""
    if line.startswith(b"#"):
        return b"", False, False
    glob = _without_trailing_blanks(line)
    negated = glob.startswith(b"!")
    glob = glob.removeprefix(b"!")
    return glob.removesuffix(b"/"), negated, glob.endswith(b"/")


def _without_trailing_blanks(line: bytes) -> bytes:
    """git takes spaces at the end away, unless a backslash stands before them."""
    kept = line.rstrip(b" ")
    escapes = len(kept) - len(kept.rstrip(b"\\"))
    return line[: len(kept) + 1] if escapes % 2 else kept


def _compiled(expression: str) -> re.Pattern[bytes]:
    return re.compile(expression.encode("latin-1"), re.DOTALL)


_NOT_PLAIN = re.compile(r"^$|^[A-Za-z]:|[\\\0\ud800-\udfff]|(^|/)(\.?\.?)(/|$)")
"""Nothing, a drive of Windows, characters that no name has or that cannot be written as UTF-8, and
empty names, `.` and `..`."""

_SPECIAL = re.compile(rb"[*?\[\\]")

NOTHING = patterns_of()
_SECRETS = patterns_of("\n".join(SECRETS.split()))
_BULK = patterns_of("\n".join(BULK.split()))
