"""The ignore matcher, compared with git itself."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from understudy_protocol.ignore import (
    NOTHING,
    Patterns,
    PatternsIn,
    excluded,
    ignored,
    is_bulk,
    is_secret,
    patterns_of,
)

FOLDERS = ("", "a", "a/b", "b")

NAMES = st.sampled_from(["a", "b", "ab", "abc", "b.py", "a.b", "é", "a b", "-", "]", "!a", "#b"])

PIECES = st.sampled_from(
    [
        *("a", "b", "c", ".py", "é", "-", "/", "!", "#", " ", "\t", "\r", "\ufeff"),
        *("*", "**", "?", "**/", "/**", "/**/", "\\", "\\a", "\\*", "\\ "),
        *("[a-c]", "[!a]", "[]b]", "[a-", "[a/b]", "[\\]a]", "[a\\-c]"),
        *("[^[:alpha:]]", "[[:digit:]-z]", "[[:x:]]"),
    ]
)

IGNORE_FILES = st.lists(st.lists(PIECES, min_size=1, max_size=6).map("".join), max_size=5).map(
    "\n".join
)

PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


def test_agrees_with_git(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "core.excludesFile=/dev/null"]
    subprocess.run([*git, "init", "-q"], check=True)

    @settings(max_examples=200)
    @example({"": "a**/b"}, {"ab", "abc", "a/b"})  # git takes `**` after plain text for folders
    @example({"": "a/\n!a/b"}, {"a/b"})  # what an ignored folder holds stays ignored
    @example({"": "b*", "a": "!b.py"}, {"a/b.py", "b.py"})
    @given(st.dictionaries(st.sampled_from(FOLDERS), IGNORE_FILES), st.sets(PATHS, min_size=1))
    def agrees(files: dict[str, str], paths: set[str]) -> None:
        for folder in FOLDERS:
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / ".gitignore").write_bytes(files.get(folder, "").encode())
        asked = subprocess.run(
            [*git, "check-ignore", "--no-index", "--stdin", "-z", "-v", "-n"],
            input="\0".join(paths).encode(),
            capture_output=True,
        )
        fields = iter(asked.stdout.decode().split("\0")[:-1])
        theirs = {
            path: pattern != "" and not pattern.startswith("!")
            for _, _, pattern, path in zip(fields, fields, fields, fields, strict=True)
        }
        patterns = said({folder: patterns_of(text) for folder, text in files.items()})
        # git looks whether a path is a folder; those in FOLDERS are.
        assert theirs == {path: excluded(path, patterns, folder=path in FOLDERS) for path in paths}

    agrees()


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "app/.ENV.production",
        "keys/server.pem",
        "id_rsa",
        "home/.ssh/config",
        ".git/config",
        "infra/prod.tfvars",
        "a/credentials",
        "config/secrets.yml",
        "gcp-service-account.json",
        ".docker/config.json",
        "x/.docker/config.json",
    ],
)
def test_secrets_are_ignored_by_name(path: str) -> None:
    assert is_secret(path)
    assert ignored(path)


@pytest.mark.parametrize(
    "path",
    [
        *("credentials.py", "credentials/store.py", ".env.example", "secrets.py", "settings.json"),
        *("config.json", "environment.ts", "keys.py", "tokenizer.py", ".github/workflows/ci.yml"),
    ],
)
def test_source_code_is_no_secret_whatever_it_is_called(path: str) -> None:
    assert not ignored(path)


def test_no_ignore_file_brings_a_secret_back() -> None:
    assert ignored(".env", said({"": patterns_of("!.env")}))


def test_no_kind_of_ignore_file_brings_back_what_another_ignores() -> None:
    git = said({"": patterns_of("generated.py")})
    ours = said({"": patterns_of("!generated.py\nprivate/")})
    assert ignored("generated.py", git, ours)
    assert ignored("private/a.py", git, ours)
    assert not ignored("a.py", git, ours)


@pytest.mark.parametrize(
    "path",
    [
        *("", "/etc/passwd", "../a.py", "a/../../b", "a//b", "./a", "a/", "C:/a"),
        *("a\\b", "a\0b", "\udcff.py"),
    ],
)
def test_what_is_no_plain_path_in_the_folder_is_ignored(path: str) -> None:
    assert ignored(path)


def test_bulk_is_worth_no_index() -> None:
    assert is_bulk("node_modules/a/index.js")
    assert is_bulk("a/LOGO.PNG")
    assert not is_bulk("a/index.js")
    assert not ignored("a/logo.png")


def test_later_texts_are_stronger() -> None:
    assert not excluded("a", said({"": patterns_of("a", "!a")}))


@given(st.text(), st.text())
def test_any_text_is_an_ignore_file(text: str, path: str) -> None:
    assert isinstance(ignored(path, said({"": patterns_of(text)})), bool)


def test_a_hostile_pattern_is_answered_too() -> None:
    # Each of these keeps a matcher that tries everything busy for longer than the universe is old.
    hostile = said({"": patterns_of("*a" * 30 + "b\n" + "**/a/" * 30 + "b\n/**/" + "*a*a/" * 20)})
    assert not excluded("a" * 255, hostile)
    assert not excluded("a/" * 1000 + "c", hostile)


def said(patterns: dict[str, Patterns]) -> PatternsIn:
    return lambda folder: patterns.get(folder, NOTHING)
