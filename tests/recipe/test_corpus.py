import errno
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from models.recipe import corpus, filters
from models.recipe.archives import Pin, RecipeError, download, fetch, read_pins
from models.recipe.whole import ending_in_a_sentence, whole
from pinned_archives import NAMES, code, script, tarball, wheel

CORPUS = (sys.executable, "-B", "-m", "models.recipe.corpus")


def built(folder: Path, *pins: Pin) -> list[corpus.Source]:
    corpus.build(list(pins), folder, folder / "corpus")
    return corpus.read(folder / "corpus")


def test_held_out_packages_and_vendored_copies_of_them_are_left_out(tmp_path: Path) -> None:
    files = {"clack/core.py": code("clack"), "clck/core.py": code("import name")}
    held = wheel(tmp_path, "clack", files, held_out=True)
    edited = code("clack").replace("limit", "bound", 1)
    user = wheel(
        tmp_path,
        "user",
        {
            "user/app.py": code("user"),
            "user/_clack/other.py": code("unrelated"),
            "user/vendored/clck/other.py": code("unrelated too"),
            "user/compat.py": edited + "\n\n\n" + code("compat")[:200],
        },
    )
    kept = built(tmp_path, held, user)
    assert [source.path for source in kept] == ["user/app.py"]
    dropped = json.loads((tmp_path / "corpus" / "corpus.json").read_text())["dropped"]
    assert dropped["held out: a vendored copy by its path"] == 2
    assert dropped["held out: shares text with a held-out package"] == 1


def test_typescript_is_kept_as_it_was_written_and_not_as_it_was_compiled(tmp_path: Path) -> None:
    files = {
        "src/core.ts": script("core"),
        "src/view.tsx": script("view"),
        "src/core.test.ts": script("tested"),
        "lib/core.js": code("compiled"),
        "lib/other.js": '"use strict";\nObject.defineProperty(exports, "__esModule", x);\n'
        + code("y"),
        "lib/core.d.ts": script("declared"),
        "lib/core.d.mts": script("declared too"),
        "dist/core.js": code("bundled"),
        "esm/more.js": code("built"),
        "core.min.js": code("small"),
        "bin/by_hand.cjs": code("by_hand"),
    }
    kept = built(tmp_path, tarball(tmp_path, "user", files))
    assert {(source.path, source.language) for source in kept} == {
        ("src/core.ts", "typescript"),
        ("src/view.tsx", "typescriptreact"),
        ("bin/by_hand.cjs", "javascript"),
    }


def test_folders_of_a_held_out_npm_package_are_not_taken_for_its_name(tmp_path: Path) -> None:
    held = tarball(tmp_path, "clack", {"src/core.ts": script("clack")}, held_out=True)
    python = wheel(tmp_path, "asks", {"asks/core.py": code("asks")}, held_out=True)
    files = {
        "src/app.ts": script("user"),
        "src/clack/core.ts": script("other"),
        "src/copy.ts": script("clack"),
        "src/asks/core.ts": script("wants"),
    }
    kept = built(tmp_path, held, python, tarball(tmp_path, "user", files))
    assert {source.path for source in kept} == {"src/app.ts", "src/asks/core.ts"}


def test_of_a_held_out_npm_package_only_what_somebody_wrote_is_asked(tmp_path: Path) -> None:
    files = {
        "src/core.ts": script("core"),
        "lib/core.js": code("compiled"),
        "dist/all.min.js": code("bundled"),
        "index.d.ts": script("declared"),
    }
    held = tarball(tmp_path, "clack", files, held_out=True)
    (asked,) = corpus.held_out_sources([held], tmp_path, ["clack"]).values()
    assert [source.path for source in asked] == ["src/core.ts"]


@pytest.mark.parametrize(
    ("said", "licence"),
    [
        ('{"license": "ISC"}', "ISC"),
        ('{"license": {"type": "MIT", "url": "x"}}', "MIT"),
        ('{"licenses": [{"type": "MIT"}, {"type": "GPL-3.0"}]}', "MIT AND GPL-3.0"),
        ("{}", ""),
    ],
)
def test_an_npm_package_says_its_licence_in_any_of_three_ways(
    said: str, licence: str, tmp_path: Path
) -> None:
    pin = tarball(tmp_path, "user", {"package.json": said})
    assert corpus.licence_of(tmp_path / pin.file) == licence


def test_a_licence_in_a_block_comment_is_taken_away_and_documentation_is_not() -> None:
    licence = "/*\n * Copyright 2020\n * Licensed under MIT\n * as is\n */\n"
    assert filters.without_license_header(licence + "const x = 1;") == "const x = 1;"
    about = "/**\n * What this is for\n * and why\n * and how\n */\nconst x = 1;"
    assert filters.without_license_header(about) == about


def test_without_a_network_the_client_s_own_reason_is_given(tmp_path: Path) -> None:
    def offline(index: str, name: str, version: str, folder: str) -> list[str]:
        return ["sh", "-c", "echo getaddrinfo ENOTFOUND >&2; touch $0/half; exit 1", folder]

    with pytest.raises(RecipeError, match=r"could not be fetched from npm: getaddrinfo .* is kept"):
        download("npm", "user", "1.0.0", tmp_path, client=offline)
    assert list(tmp_path.iterdir()) == []


def test_a_client_that_is_not_installed_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"cannot be run: .* Install it"):
        download("npm", "user", "1.0.0", tmp_path, client=lambda *_: ["/no/such/npm"])


def test_on_a_full_disk_the_corpus_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    pin = wheel(tmp_path, "user", {f"user/{name}.py": code(name) for name in NAMES})
    packages = tmp_path / "packages.toml"
    entry = [f"{key} = {json.dumps(value)}" for key, value in vars(pin).items()]
    packages.write_text("\n".join(["[[package]]", *entry]))
    given = ["--packages", packages, "--archives", tmp_path, "--out", tmp_path / "corpus"]
    run = subprocess.run(
        # No file may grow beyond four kilobytes, which is an error as a full disk is one.
        ["bash", "-c", 'ulimit -f 4; exec "$@"', "-", *CORPUS, "build", *map(str, given)],
        cwd=corpus.PACKAGES.parents[2],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "error: " in run.stderr.splitlines()[-1]
    assert "corpus.jsonl could not be written" in run.stderr
    assert "Make room" in run.stderr
    assert list((tmp_path / "corpus").iterdir()) == []


def test_exact_and_near_duplicates_are_kept_once(tmp_path: Path) -> None:
    text = code("twin")
    files = {"a/one.py": text, "a/two.py": text + "\n\n", "a/three.py": text + "\nLAST_LINE = 1\n"}
    assert len(built(tmp_path, wheel(tmp_path, "twins", files))) == 1


def test_a_changed_hash_is_refused(tmp_path: Path) -> None:
    pin = wheel(tmp_path, "user", {"user/app.py": code("user")})
    (tmp_path / pin.file).write_bytes(b"something else")
    with pytest.raises(RecipeError, match=r"pinned is .* do not use it"):
        fetch(pin, tmp_path)


def test_an_archive_that_the_index_gives_under_another_name_is_refused(tmp_path: Path) -> None:
    pin = wheel(tmp_path, "user", {"user/app.py": code("user")})
    (tmp_path / pin.file).unlink()

    def another(index: str, name: str, version: str, folder: Path) -> Path:
        return folder / "user-1.1.whl"

    with pytest.raises(RecipeError, match="gave another file"):
        fetch(pin, tmp_path, another)


def test_half_a_corpus_is_refused(tmp_path: Path) -> None:
    built(tmp_path, wheel(tmp_path, "user", {"user/app.py": code("user")}))
    path = tmp_path / "corpus" / "corpus.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RecipeError, match="cut short, or changed"):
        corpus.read(tmp_path / "corpus")


def test_a_corpus_that_was_never_finished_is_refused(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text("{}")
    with pytest.raises(RecipeError, match=r"corpus build"):
        corpus.read(tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        "a/tests/data/x.py",
        "a/_vendor/b/x.py",
        "a/x_pb2.py",
        "a/generated/x.py",
        "a/x.min.js",
        "a/x.d.ts",
    ],
)
def test_tests_vendored_generated_and_minified_files_are_known_by_their_path(path: str) -> None:
    assert filters.reason_to_drop_path(path)


@pytest.mark.parametrize(
    "line",
    [
        "# Generated by protoc. DO NOT EDIT.",
        "# GNU General Public License, version 3",
        "// This Source Code is subject to the terms of the Mozilla Public License",
        "// licensed under CC-BY-SA 4.0",
        "KEY = 'AKIAIOSFODNN7EXAMPLE'",
        f"KEY = 'sk-ant-api03-{'aB3dE7gH' * 12}'",
        "URL = 'postgres://admin:hunter2horse9@db.corp.com/live'",
        "-----BEGIN RSA PRIVATE KEY-----",
        "x = " + "'a'" * 400,
    ],
)
def test_generated_copyleft_secret_and_long_lined_text_is_dropped(line: str) -> None:
    text = code("plain")
    assert filters.reason_to_drop_text("a.py", text) is None
    assert filters.reason_to_drop_text("a.py", f"{line}\n{text}")


def test_addresses_are_replaced_and_examples_kept() -> None:
    text = filters.scrubbed("# by jane.doe@corp.co.uk\r\nuser@example.com\f")
    assert text == "# by someone@example.org\nuser@example.com"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("# jane@example.corp.com", "# someone@example.org"),
        ("# isaac at gmail dot com", "# someone@example.org"),
        ("y = A@self.weight + b", "y = A@self.weight + b"),
        ("@app.route", "@app.route"),
    ],
)
def test_addresses_are_told_from_code_and_found_when_they_are_spelled(
    text: str, after: str
) -> None:
    assert filters.scrubbed(text) == after


@pytest.mark.parametrize(
    "licence",
    [
        "CC-BY-NC-4.0 AND MIT",
        "Mozilla Public License 2.0 and MIT",
        "GNU General Public License v2 or BSD",
        "Limited use only",
        "Discretionary",
        "",
    ],
)
def test_a_licence_that_is_not_permissive_is_known(licence: str) -> None:
    assert not corpus.is_permissive(licence)


def test_a_few_tests_pass_but_not_fixtures_or_vendored_code_among_them() -> None:
    def passed(path: str) -> bool:
        dice = random.Random(0)
        return any(
            corpus.reason_to_drop(path, code("plain"), set(), dice) is None for _ in range(100)
        )

    assert passed("pkg/tests/test_loading.py")
    assert passed("tests/loading.py")
    assert not passed("pkg/tests/fixtures/x.py")
    assert not passed("pkg/tests/_vendor/x.py")
    assert not passed("pkg/tests/a_pb2.py")


def test_the_pinned_list_is_permissive_hashed_and_apart_from_what_is_held_out() -> None:
    pins = read_pins(corpus.PACKAGES)
    held = {pin.name for pin in pins if pin.held_out}
    assert {"click", "httpx", "requests", "rich", "attrs", "typer"} <= held
    assert {"zod", "immer", "redux", "axios", "commander", "luxon"} <= held
    assert not held & {pin.name for pin in pins if not pin.held_out}
    assert all(corpus.is_permissive(pin.license) for pin in pins)
    assert all(len(pin.sha256) == 64 for pin in pins)
    assert len({(pin.name, pin.version) for pin in pins}) == len(pins)


def test_a_file_is_what_it_was_when_writing_it_fails(tmp_path: Path) -> None:
    path = tmp_path / "corpus.json"
    path.write_text("before")

    def write_half() -> None:
        with whole(path, "Make room.") as partial:
            partial.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(RecipeError, match="Make room"):
        write_half()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_log_that_finds_no_room_ends_in_a_sentence_and_a_fault_of_ours_does_not() -> None:
    def failing(number: int) -> None:
        raise OSError(number, "It failed")

    with pytest.raises(SystemExit, match=r"error: There is no room: .* same command again"):
        ending_in_a_sentence(lambda: failing(errno.ENOSPC))
    with pytest.raises(OSError, match="It failed"):
        ending_in_a_sentence(lambda: failing(errno.EBADF))
