"""Publishing, listing, verifying and forgetting releases."""

import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from releases_on_disk import (
    OTHER_REPOSITORY,
    REPOSITORY,
    adapter_config,
    base_model,
    described,
    manifest,
    overwrite,
    release,
    write_adapter,
)

from understudy_protocol.errors import NotFound, ReleaseError
from understudy_protocol.release import (
    DataCut,
    Proof,
    ReleaseManifest,
    ReleaseVersion,
    content_address,
    decode_manifest,
    encode_manifest,
    is_plain_path,
    release_version,
)
from understudy_releases.adapter import CONFIG_FILE, WEIGHTS_FILE
from understudy_releases.publication import publish
from understudy_releases.releases import find, forget_releases, repositories, sweep, versions
from understudy_releases.verification import BaseModel, verify


@pytest.fixture
def base(tmp_path: Path) -> BaseModel:
    return described(base_model(tmp_path / "base"))


@pytest.fixture
def releases_dir(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def version(releases_dir: Path, base: BaseModel) -> ReleaseVersion:
    return release(releases_dir, base)


@pytest.fixture
def folder(releases_dir: Path, version: ReleaseVersion) -> Path:
    return releases_dir / REPOSITORY / version


def test_a_published_release_verifies(releases_dir: Path, base: BaseModel, version: ReleaseVersion):
    found = verify(releases_dir, REPOSITORY, version, model=base)
    assert found.version == version == release_version(found.manifest)
    assert set(found.manifest.files) == {
        "lessons.json",
        f"adapter/{CONFIG_FILE}",
        f"adapter/{WEIGHTS_FILE}",
    }


def test_publishing_the_same_content_again_changes_nothing(
    releases_dir: Path, base: BaseModel, folder: Path
):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert release(releases_dir, base) == folder.name
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert os.listdir(releases_dir / REPOSITORY) == [folder.name]


def test_other_content_is_another_release(releases_dir: Path, base: BaseModel):
    made = {release(releases_dir, base, seed=seed) for seed in range(3)}
    assert len(made) == 3
    assert set(versions(releases_dir, REPOSITORY)) == made
    assert repositories(releases_dir) == [REPOSITORY]


def test_what_others_left_in_the_folder_is_no_release(releases_dir: Path, folder: Path):
    (releases_dir / "README").write_text("")
    (releases_dir / ".forgotten-x").mkdir()
    (folder.parent / ".incoming").mkdir()
    assert repositories(releases_dir) == [REPOSITORY]
    assert versions(releases_dir, REPOSITORY) == [folder.name]


def test_a_release_is_found_by_the_beginning_of_its_version(releases_dir: Path, base: BaseModel):
    made = [release(releases_dir, base, seed=seed) for seed in range(20)]
    assert find(releases_dir, made[3]) == (REPOSITORY, made[3])
    assert find(releases_dir, made[3][:10]) == (REPOSITORY, made[3])
    for clear in ("", "zz"):
        with pytest.raises(NotFound, match="no release"):
            find(releases_dir, clear)
    digit = next(one[0] for one in made if sum(other[0] == one[0] for other in made) > 1)
    with pytest.raises(NotFound, match="could be"):
        find(releases_dir, digit)


def test_a_staged_folder_with_a_link_is_not_published(
    tmp_path: Path, releases_dir: Path, base: BaseModel
):
    staged = write_adapter(tmp_path / "staged" / "adapter").parent
    (staged / "link").symlink_to("/etc/passwd")
    with pytest.raises(ReleaseError, match="symbolic link"):
        publish(releases_dir, staged, manifest=manifest(base))
    assert versions(releases_dir, REPOSITORY) == []
    assert os.listdir(releases_dir / REPOSITORY) == []


def test_a_missing_release_is_said_to_be_missing(releases_dir: Path, base: BaseModel):
    with pytest.raises(ReleaseError, match="no release 0123456789ab"):
        verify(releases_dir, REPOSITORY, ReleaseVersion("0123456789ab"), model=base)


def _remove_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _no_json(folder: Path) -> None:
    overwrite(folder / "manifest.json", b"{")


def _no_utf8(folder: Path) -> None:
    overwrite(folder / "manifest.json", b'{"repository": "\xff"}')


def _deep_json(folder: Path) -> None:
    overwrite(folder / "manifest.json", b"[" * 100_000)


def _edit(folder: Path, **changes: object) -> None:
    """Another manifest, and the folder under the version that belongs to it."""
    path = folder / "manifest.json"
    content = json.loads(path.read_bytes()) | changes
    overwrite(path, json.dumps(content).encode())
    folder.rename(folder.with_name(content_address(path.read_bytes())))


def _unknown_field(folder: Path) -> None:
    _edit(folder, colour="red")


def _later_format(folder: Path) -> None:
    _edit(folder, format_version=2, colour="red")


def _edited_in_place(folder: Path) -> None:
    path = folder / "manifest.json"
    overwrite(path, path.read_bytes().replace(b'"tiny"', b'"TINY"'))


def _other_repository(folder: Path) -> None:
    _edit(folder, repository=OTHER_REPOSITORY)


def _other_base(folder: Path) -> None:
    _edit(folder, base_fingerprint="0" * 64)


def _other_format(folder: Path) -> None:
    _edit(folder, fim_format="starcoder2")


def _missing_file(folder: Path) -> None:
    (folder / "lessons.json").unlink()


def _unlisted_file(folder: Path) -> None:
    (folder / "more.json").write_text("{}")


def _unlisted_folder(folder: Path) -> None:
    (folder / "more").mkdir()


def _truncated_adapter(folder: Path) -> None:
    path = folder / "adapter" / WEIGHTS_FILE
    overwrite(path, path.read_bytes()[:-1])


def _linked_file(folder: Path) -> None:
    path = folder / "lessons.json"
    path.rename(folder.parent.parent / "elsewhere.json")
    path.symlink_to(folder.parent.parent / "elsewhere.json")


def _dangling_link(folder: Path) -> None:
    (folder / "lessons.json").unlink()
    (folder / "lessons.json").symlink_to("nowhere")


def _linked_adapter(folder: Path) -> None:
    (folder / "adapter").rename(folder.parent.parent / "elsewhere")
    (folder / "adapter").symlink_to(folder.parent.parent / "elsewhere")


def _linked_release(folder: Path) -> None:
    folder.rename(folder.parent.parent / "elsewhere")
    folder.symlink_to(folder.parent.parent / "elsewhere")


def _linked_repository(folder: Path) -> None:
    folder.parent.rename(folder.parent.parent / "elsewhere")
    folder.parent.symlink_to(folder.parent.parent / "elsewhere")


def _linked_manifest(folder: Path) -> None:
    (folder / "manifest.json").rename(folder.parent.parent / "m.json")
    (folder / "manifest.json").symlink_to(folder.parent.parent / "m.json")


def _pipe(folder: Path) -> None:
    (folder / "lessons.json").unlink()
    os.mkfifo(folder / "lessons.json")


def _pipe_as_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    os.mkfifo(folder / "manifest.json")


def _socket(folder: Path) -> None:
    (folder / "lessons.json").unlink()
    os.mknod(folder / "lessons.json", stat.S_IFSOCK | 0o600)


def _listed_pickle(folder: Path) -> None:
    (folder / "world.pkl").write_bytes(b"\x80\x04.")
    files = json.loads((folder / "manifest.json").read_bytes())["files"]
    _edit(folder, files=files | {"world.pkl": hashlib.sha256(b"\x80\x04.").hexdigest()})


def _listed_bin_in_adapter(folder: Path) -> None:
    (folder / "adapter" / "adapter_model.bin").write_bytes(b"x")
    files = json.loads((folder / "manifest.json").read_bytes())["files"]
    digest = hashlib.sha256(b"x").hexdigest()
    _edit(folder, files=files | {"adapter/adapter_model.bin": digest})


def _dora(folder: Path) -> None:
    content = json.dumps(adapter_config(use_dora=True)).encode()
    overwrite(folder / "adapter" / CONFIG_FILE, content)
    files = json.loads((folder / "manifest.json").read_bytes())["files"]
    _edit(folder, files=files | {f"adapter/{CONFIG_FILE}": hashlib.sha256(content).hexdigest()})


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (_remove_manifest, "is missing"),
        (_no_json, "not JSON"),
        (_no_utf8, "not JSON|not a manifest"),
        (_deep_json, "not JSON|not a manifest"),
        (_unknown_field, "unknown field"),
        (_later_format, "format version 2"),
        (_edited_in_place, "content address"),
        (_other_repository, "says it is of rich"),
        (_other_base, "base model"),
        (_other_format, "starcoder2"),
        (_missing_file, "lacks lessons.json"),
        (_unlisted_file, "contains more.json"),
        (_unlisted_folder, "contains more"),
        (_truncated_adapter, "is damaged"),
        (_linked_file, "symbolic link"),
        (_dangling_link, "symbolic link"),
        (_linked_adapter, "symbolic link"),
        (_linked_release, "symbolic link"),
        (_linked_repository, "symbolic link"),
        (_linked_manifest, "symbolic link"),
        (_pipe, "neither a file nor a folder"),
        (_pipe_as_manifest, "neither a file nor a folder"),
        (_socket, "neither a file nor a folder"),
        (_listed_pickle, "run code"),
        (_listed_bin_in_adapter, "run code"),
        (_dora, "use_dora"),
    ],
)
def test_a_release_that_is_not_what_it_says_is_refused(
    releases_dir: Path,
    base: BaseModel,
    folder: Path,
    damage: Callable[[Path], None],
    problem: str,
):
    damage(folder)
    left = versions(releases_dir, REPOSITORY)[0]
    with pytest.raises(ReleaseError, match=problem) as refused:
        verify(releases_dir, REPOSITORY, left, model=base)
    assert refused.value.remedy


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "adapter/../../x",
        "/etc/passwd",
        "a\\b",
        "C:x",
        "a//b",
        "./a",
        ".a",
        "",
        "a/",
        "\0",
        "a\n",
        "manifest.json",
        "x" * 600,
    ],
)
def test_a_manifest_that_lists_a_path_out_of_the_release_is_refused(base: BaseModel, path: str):
    listed = msgspec.structs.replace(manifest(base), files={path: "0" * 64})
    with pytest.raises(ReleaseError, match="not a plain relative path"):
        decode_manifest(encode_manifest(listed), "here")


def test_a_hard_link_is_a_file_like_any_other(releases_dir: Path, base: BaseModel, folder: Path):
    os.link(folder / "lessons.json", releases_dir / "other-name")
    verify(releases_dir, REPOSITORY, ReleaseVersion(folder.name), model=base)


def test_files_can_be_verified_without_knowing_the_model(releases_dir: Path, folder: Path):
    _other_base(folder)
    left = versions(releases_dir, REPOSITORY)[0]
    assert verify(releases_dir, REPOSITORY, left, model=None).manifest.base_fingerprint == "0" * 64


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_change_of_a_single_byte_is_detected(
    releases_dir: Path, base: BaseModel, folder: Path, data: st.DataObject
):
    path = data.draw(st.sampled_from(sorted(p for p in folder.rglob("*") if p.is_file())))
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    change = data.draw(st.integers(1, 255))
    changed = bytearray(content)
    changed[place] ^= change
    overwrite(path, bytes(changed))
    try:
        with pytest.raises(ReleaseError):
            verify(releases_dir, REPOSITORY, ReleaseVersion(folder.name), model=base)
    finally:
        overwrite(path, content)
    verify(releases_dir, REPOSITORY, ReleaseVersion(folder.name), model=base)


digests = st.text("0123456789abcdef", min_size=64, max_size=64)
finite = st.floats(allow_nan=False, allow_infinity=False)
proofs = st.builds(
    Proof,
    holes=st.integers(0, 2**40),
    task_set=st.text(),
    gain=finite,
    gain_low=finite,
    gain_high=finite,
    forgetting=finite,
)
manifests = st.builds(
    ReleaseManifest,
    repository=st.sampled_from([REPOSITORY, OTHER_REPOSITORY]),
    created_at=st.integers(0, 2**53),
    base_model=st.text(),
    base_fingerprint=digests,
    fim_format=st.text(),
    data_cut=st.builds(DataCut, commit=st.none() | st.text(), cursor=st.integers(0, 2**53)),
    files=st.dictionaries(
        st.text("abcAB019._-/", min_size=1).filter(
            lambda path: is_plain_path(path) and path != "manifest.json"
        ),
        digests,
        max_size=4,
    ),
    parent=st.none() | digests.map(lambda digest: digest[:12]),
    proof=st.none() | proofs,
)


@given(one=manifests)
def test_a_manifest_comes_back_as_it_was_written(one: ReleaseManifest):
    encoded = encode_manifest(one)
    assert decode_manifest(encoded, "here") == one
    assert encode_manifest(decode_manifest(encoded, "here")) == encoded
    assert release_version(one) == content_address(encoded)


def test_forgetting_removes_the_releases_of_one_repository(
    releases_dir: Path, base: BaseModel, folder: Path
):
    release(releases_dir, base, seed=1)
    kept = release(releases_dir, base, repository=OTHER_REPOSITORY)
    assert forget_releases(releases_dir, REPOSITORY) == 2
    assert os.listdir(releases_dir) == [OTHER_REPOSITORY]
    verify(releases_dir, OTHER_REPOSITORY, kept, model=base)
    assert forget_releases(releases_dir, REPOSITORY) == 0


def test_forgetting_where_nothing_was_ever_released_is_nothing(releases_dir: Path):
    assert forget_releases(releases_dir, REPOSITORY) == 0
    assert not releases_dir.exists()


def test_forgetting_does_not_follow_links(tmp_path: Path, releases_dir: Path, folder: Path):
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("gold")
    (folder / "link").symlink_to(treasure)
    (releases_dir / OTHER_REPOSITORY).symlink_to(treasure)
    forget_releases(releases_dir, REPOSITORY)
    forget_releases(releases_dir, OTHER_REPOSITORY)
    assert os.listdir(releases_dir) == []
    assert (treasure / "gold").read_text() == "gold"


def test_a_forgetting_that_was_cut_short_is_finished(releases_dir: Path, folder: Path):
    (releases_dir / REPOSITORY).rename(releases_dir / f".forgotten-{REPOSITORY}-00000000")
    sweep(releases_dir)
    assert os.listdir(releases_dir) == []
