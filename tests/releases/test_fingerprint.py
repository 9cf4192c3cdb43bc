import json
import os
import shutil
from pathlib import Path

import pytest
from releases_on_disk import WIDTH, base_model, safetensors, with_header

from understudy_protocol.errors import ConfigError
from understudy_releases.fingerprint import SAMPLE_BYTES, fingerprint, linear_modules

BIG = {"a.weight": ("F32", (1024, 1024)), "b.weight": ("F32", (1024, 1024))}


def test_a_copy_elsewhere_has_the_same_fingerprint(tmp_path: Path):
    one = base_model(tmp_path / "one")
    shutil.copytree(one, tmp_path / "other")
    assert fingerprint(tmp_path / "other") == fingerprint(one)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_any_change_of_configuration_or_tokenizer_changes_the_fingerprint(
    tmp_path: Path, name: str
):
    model = base_model(tmp_path / "model")
    before = fingerprint(model)
    (model / name).write_bytes((model / name).read_bytes() + b" ")
    assert fingerprint(model) != before


def test_fine_tuned_weights_have_another_fingerprint(tmp_path: Path):
    one, other = base_model(tmp_path / "a", seed=1), base_model(tmp_path / "b", seed=2)
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize("end", ["first", "last"])
def test_the_first_and_the_last_mebibyte_count(tmp_path: Path, end: str):
    model = base_model(tmp_path / "model")
    content = bytearray(safetensors(BIG))
    assert len(content) > 4 * SAMPLE_BYTES
    (model / "big.safetensors").write_bytes(content)
    before = fingerprint(model)
    content[SAMPLE_BYTES - 1 if end == "first" else -SAMPLE_BYTES] ^= 1
    (model / "big.safetensors").write_bytes(content)
    assert fingerprint(model) != before


def test_the_name_and_the_number_of_the_shards_count(tmp_path: Path):
    model = base_model(tmp_path / "model")
    before = fingerprint(model)
    (model / "model.safetensors").rename(model / "model-1.safetensors")
    renamed = fingerprint(model)
    (model / "model-2.safetensors").write_bytes(safetensors({"x.weight": ("F32", (2, 2))}))
    assert len({before, renamed, fingerprint(model)}) == 3


def test_a_shard_that_is_missing_is_named(tmp_path: Path):
    model = base_model(tmp_path / "model")
    where = {"a.weight": "model.safetensors", "b.weight": "model-2.safetensors"}
    index = model / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": where}))
    with pytest.raises(ConfigError, match=r"model-2\.safetensors.*missing"):
        fingerprint(model)
    (model / "model-2.safetensors").write_bytes(safetensors({"x.weight": ("F32", (2, 2))}))
    fingerprint(model)
    index.write_text("{}")
    with pytest.raises(ConfigError, match="index"):
        fingerprint(model)


def test_only_a_sample_of_large_weights_is_read(tmp_path: Path):
    """A terabyte with a hole in the middle: reading it all would outlast any test."""
    model = base_model(tmp_path / "model")
    path = model / "large.safetensors"
    path.write_bytes(with_header(b"{}"))
    os.truncate(path, 1 << 40)
    assert len(fingerprint(model)) == 64


def test_the_links_of_a_hub_snapshot_are_followed(tmp_path: Path):
    one = base_model(tmp_path / "blobs")
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    for path in one.iterdir():
        (snapshot / path.name).symlink_to(path)
    assert fingerprint(snapshot) == fingerprint(one)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(tmp_path: Path, name: str):
    model = base_model(tmp_path / "model")
    (model / name).unlink()
    with pytest.raises(ConfigError, match="safetensors" if name.startswith("model") else name):
        fingerprint(model)


def test_weights_with_a_damaged_header_are_named(tmp_path: Path):
    model = base_model(tmp_path / "model")
    (model / "model.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(ConfigError, match=r"model\.safetensors"):
        fingerprint(model)


def test_linear_modules_are_the_matrices_but_embeddings_and_norms(tmp_path: Path):
    modules = linear_modules(base_model(tmp_path / "model"))
    assert modules == {
        f"model.layers.{layer}.self_attn.{name}": (WIDTH, WIDTH)
        for layer in (0, 1)
        for name in ("q_proj", "v_proj")
    }


def test_packed_weights_are_modules_of_unknown_shape(tmp_path: Path):
    model = base_model(tmp_path / "model")
    tensors = {"a.up.qweight": ("I32", (4, 8)), "b.up.weight": ("I8", (64, 1))}
    (model / "model.safetensors").write_bytes(safetensors(tensors))
    assert linear_modules(model) == {"a.up": None, "b.up": None}
