import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from releases_on_disk import (
    MAX_RANK,
    Tensors,
    adapter_config,
    adapter_tensors,
    base_model,
    safetensors,
    with_header,
    write_adapter,
)

from understudy_protocol.errors import ReleaseError
from understudy_releases.adapter import CONFIG_FILE, WEIGHTS_FILE, check_adapter
from understudy_releases.fingerprint import Shape, linear_modules
from understudy_releases.safetensors_header import BadHeader, read_header

A = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"


@pytest.fixture
def modules(tmp_path: Path) -> dict[str, Shape | None]:
    return linear_modules(base_model(tmp_path / "base"))


def test_an_adapter_as_peft_writes_it_is_taken(tmp_path: Path, modules: dict[str, Shape | None]):
    folder = write_adapter(tmp_path / "adapter")
    (folder / "README.md").write_text("what PEFT puts there")
    check_adapter(folder, max_rank=MAX_RANK, modules=modules)


@pytest.mark.parametrize("dtype", ["F16", "BF16"])
def test_half_precision_is_taken(tmp_path: Path, dtype: str):
    tensors: Tensors = {name: (dtype, shape) for name, (_, shape) in adapter_tensors().items()}
    check_adapter(write_adapter(tmp_path / "adapter", tensors=tensors))


@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE])
def test_a_missing_file_is_named(tmp_path: Path, name: str):
    folder = write_adapter(tmp_path / "adapter")
    (folder / name).unlink()
    with pytest.raises(ReleaseError, match=name):
        check_adapter(folder)


def test_a_missing_folder_is_refused(tmp_path: Path):
    with pytest.raises(ReleaseError, match=r"has no adapter_config\.json"):
        check_adapter(tmp_path / "adapter")


@pytest.mark.parametrize(
    "name", ["adapter_model.bin", "adapter_model.pt", "optimizer.pkl", "training_args.json", "x"]
)
def test_any_other_file_is_refused_by_name(tmp_path: Path, name: str):
    folder = write_adapter(tmp_path / "adapter")
    (folder / name).write_bytes(b"\x80\x04.")
    with pytest.raises(ReleaseError, match=name):
        check_adapter(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("peft_type", "IA3"),
        ("bias", "lora_only"),
        ("modules_to_save", ["lm_head"]),
        ("use_dora", True),
        ("lora_bias", True),
        ("use_qalora", True),
        ("use_bdlora", {"nblocks": 2}),
        ("layer_replication", [[0, 1]]),
        ("alora_invocation_tokens", [1]),
        ("rank_pattern", {"q_proj": 2}),
        ("alpha_pattern", {"q_proj": 2}),
        ("init_lora_weights", "pissa"),
    ],
)
def test_what_vllm_cannot_serve_is_refused_with_a_remedy(tmp_path: Path, name: str, value: Any):
    folder = write_adapter(tmp_path / "adapter", config=adapter_config(**{name: value}))
    with pytest.raises(ReleaseError, match=name) as refused:
        check_adapter(folder)
    assert "plain LoRA" in refused.value.remedy


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"peft_type": "LORA", "r": "four"}', b"[" * 100_000],
)
def test_a_configuration_that_is_none_is_refused(tmp_path: Path, content: bytes):
    folder = write_adapter(tmp_path / "adapter")
    (folder / CONFIG_FILE).write_bytes(content)
    with pytest.raises(ReleaseError, match="not a LoRA configuration"):
        check_adapter(folder)


def test_a_configuration_too_large_to_be_one_is_not_read(tmp_path: Path):
    folder = write_adapter(tmp_path / "adapter")
    (folder / CONFIG_FILE).write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(ReleaseError, match="larger than"):
        check_adapter(folder)


@pytest.mark.parametrize("rank", [0, -1])
def test_a_rank_below_one_is_refused(tmp_path: Path, rank: int):
    with pytest.raises(ReleaseError, match="rank"):
        check_adapter(write_adapter(tmp_path / "adapter", config=adapter_config(r=rank)))


def test_a_rank_above_the_served_one_is_refused(tmp_path: Path):
    rank = MAX_RANK + 1
    folder = write_adapter(
        tmp_path / "adapter", config=adapter_config(r=rank), tensors=adapter_tensors(rank)
    )
    with pytest.raises(ReleaseError, match=f"up to {MAX_RANK}"):
        check_adapter(folder, max_rank=MAX_RANK)


def test_a_rank_that_differs_from_the_configuration_is_refused(tmp_path: Path):
    folder = write_adapter(tmp_path / "adapter", config=adapter_config(r=2))
    with pytest.raises(ReleaseError, match="its configuration says 2"):
        check_adapter(folder)


def test_half_a_pair_is_refused(tmp_path: Path):
    tensors = adapter_tensors()
    del tensors[A]
    with pytest.raises(ReleaseError, match="only one of lora_A and lora_B"):
        check_adapter(write_adapter(tmp_path / "adapter", tensors=tensors))


def test_weights_that_are_no_lora_matrix_are_refused(tmp_path: Path):
    tensors: Tensors = adapter_tensors() | {"base_model.model.lm_head.weight": ("F32", (2, 2))}
    with pytest.raises(ReleaseError, match=r"lm_head\.weight"):
        check_adapter(write_adapter(tmp_path / "adapter", tensors=tensors))


def test_a_module_that_the_model_lacks_is_refused(tmp_path: Path, modules: dict[str, Shape | None]):
    tensors: Tensors = {
        name.replace("layers.1", "layers.9"): t for name, t in adapter_tensors().items()
    }
    with pytest.raises(ReleaseError, match=r"layers\.9"):
        check_adapter(write_adapter(tmp_path / "adapter", tensors=tensors), modules=modules)


def test_target_modules_that_the_model_lacks_are_refused(
    tmp_path: Path, modules: dict[str, Shape | None]
):
    config = adapter_config(target_modules=["q_proj", "c_attn"])
    with pytest.raises(ReleaseError, match="c_attn"):
        check_adapter(write_adapter(tmp_path / "adapter", config=config), modules=modules)


def test_matrices_for_another_width_are_refused(tmp_path: Path, modules: dict[str, Shape | None]):
    tensors = adapter_tensors() | {A: ("F32", (4, 16))}
    with pytest.raises(ReleaseError, match="have 16 inputs"):
        check_adapter(write_adapter(tmp_path / "adapter", tensors=tensors), modules=modules)


def _with_weights(tmp_path: Path, content: bytes) -> Path:
    folder = write_adapter(tmp_path / "adapter")
    (folder / WEIGHTS_FILE).write_bytes(content)
    return folder


def _tensor(dtype: str, shape: object, begin: object, end: object) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        b"\xff" * 8,
        (100).to_bytes(8, "little") + b"{}",
        with_header(b"[]"),
        with_header(b"not JSON"),
        with_header(b"\xff\xff"),
        with_header(b"[" * 100_000),
        with_header(b'{"a": {}}'),
        with_header(b'{"a": {"dtype": "F32", "shape": [' + b"9" * 5000 + b"]}}"),
        with_header(json.dumps({A: _tensor("F32", [-1, 1], 0, 4)}).encode(), b"0000"),
        with_header(json.dumps({A: _tensor("F32", [1.5, 1], 0, 4)}).encode(), b"0000"),
        with_header(json.dumps({A: _tensor("F32", [1, 1], 4, 8)}).encode(), b"00000000"),
        with_header(json.dumps({A: _tensor("F32", [1, 1], 0, 8)}).encode(), b"00000000"),
        with_header(json.dumps({A: _tensor("F32", [1, 1], 0, 4)}).encode(), b"000000"),
        with_header(json.dumps({A: _tensor("I8", [2, 2], 0, 4)}).encode(), b"0000"),
        with_header(json.dumps({A: _tensor("F32", [1], 0, 4)}).encode(), b"0000"),
        with_header(json.dumps({A: _tensor("F32", [0, 4], 0, 0)}).encode()),
        with_header(json.dumps({A: _tensor("F32", [2**40, 2**40], 0, 0)}).encode()),
        with_header(
            json.dumps(
                {"a": _tensor("F32", [1, 1], 0, 4), "b": _tensor("F32", [1, 1], 0, 4)}
            ).encode(),
            b"0000",
        ),
        with_header(b'{"a": 1, "a": 2}'),
    ],
)
def test_damaged_weights_are_refused(tmp_path: Path, content: bytes):
    with pytest.raises(ReleaseError, match="damaged"):
        check_adapter(_with_weights(tmp_path, content))


@pytest.mark.parametrize("cut", [1, 100, 500])
def test_truncated_weights_are_refused(tmp_path: Path, cut: int):
    content = safetensors(adapter_tensors())
    with pytest.raises(ReleaseError, match="damaged"):
        check_adapter(_with_weights(tmp_path, content[:-cut]))


def test_weights_without_any_tensor_are_refused(tmp_path: Path):
    with pytest.raises(ReleaseError, match="no weights"):
        check_adapter(_with_weights(tmp_path, with_header(b"{}")))


@given(content=st.binary(max_size=200) | st.binary(max_size=200).map(with_header))
def test_a_header_of_any_bytes_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
):
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(content)
    with path.open("rb") as file:
        try:
            header = read_header(file)
        except BadHeader:
            return
    assert content.startswith(header.encoded)
