"""Real small releases in a folder: a base model of two layers, and adapters for it."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from understudy_protocol.lesson import LESSONS_FILE, Lesson, encode_lessons
from understudy_protocol.release import (
    ADAPTER_FOLDER,
    DataCut,
    ReleaseManifest,
    ReleaseVersion,
)
from understudy_protocol.repository import RepositoryId
from understudy_releases.adapter import CONFIG_FILE, WEIGHTS_FILE
from understudy_releases.fingerprint import fingerprint, linear_modules
from understudy_releases.publication import publish
from understudy_releases.verification import BaseModel

REPOSITORY = RepositoryId("click-3f9a1c2b8d4e")
OTHER_REPOSITORY = RepositoryId("rich-000000000001")

Tensors = dict[str, tuple[str, tuple[int, ...]]]
"""Type and shape by name."""

WIDTH = 8
LAYERS = 2
MAX_RANK = 8
BYTES_OF = {"F32": 4, "BF16": 2, "F16": 2, "I8": 1, "I32": 4}


def base_model(folder: Path, *, seed: int = 0) -> Path:
    """A directory as the hub has it; `seed` decides the weights."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "tiny"}')
    (folder / "tokenizer.json").write_text("{}")
    tensors: Tensors = {"model.embed_tokens.weight": ("F32", (16, WIDTH))}
    for layer in range(LAYERS):
        tensors[f"model.layers.{layer}.norm.weight"] = ("F32", (WIDTH,))
        for name in ("q_proj", "v_proj"):
            tensors[f"model.layers.{layer}.self_attn.{name}.weight"] = ("F32", (WIDTH, WIDTH))
    (folder / "model.safetensors").write_bytes(safetensors(tensors, seed=seed))
    return folder


def described(model_dir: Path) -> BaseModel:
    """What the gateway knows of the model in `model_dir`."""
    return BaseModel(
        fingerprint=fingerprint(model_dir),
        fim_format="prompter",
        max_rank=MAX_RANK,
        modules=linear_modules(model_dir),
    )


def adapter_tensors(rank: int = 4) -> Tensors:
    tensors: Tensors = {}
    for layer in range(LAYERS):
        for name in ("q_proj", "v_proj"):
            module = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            tensors[f"{module}.lora_A.weight"] = ("F32", (rank, WIDTH))
            tensors[f"{module}.lora_B.weight"] = ("F32", (WIDTH, rank))
    return tensors


def adapter_config(**changes: Any) -> dict[str, Any]:
    config = {
        "peft_type": "LORA",
        "base_model_name_or_path": "/home/somebody/elsewhere",
        "r": 4,
        "lora_alpha": 8,
        "target_modules": ["q_proj", "v_proj"],
        "bias": "none",
        "init_lora_weights": True,
    }
    return config | changes


def write_adapter(
    folder: Path,
    *,
    config: Mapping[str, Any] | None = None,
    tensors: Mapping[str, tuple[str, tuple[int, ...]]] | None = None,
    seed: int = 0,
) -> Path:
    folder.mkdir(parents=True)
    (folder / CONFIG_FILE).write_text(json.dumps(config or adapter_config()))
    (folder / WEIGHTS_FILE).write_bytes(safetensors(tensors or adapter_tensors(), seed=seed))
    return folder


def release(
    releases_dir: Path,
    base: BaseModel,
    *,
    seed: int = 0,
    repository: RepositoryId = REPOSITORY,
    created_at: int = 1_700_000_000_000,
    lessons: Iterable[Lesson] = (),
    has_adapter: bool = True,
) -> ReleaseVersion:
    """Publishes a release; another `seed`, another version."""
    with tempfile.TemporaryDirectory() as staged:
        if has_adapter:
            write_adapter(Path(staged) / ADAPTER_FOLDER, seed=seed)
        (Path(staged) / LESSONS_FILE).write_bytes(encode_lessons(lessons))
        return publish(releases_dir, Path(staged), manifest=manifest(base, repository, created_at))


def manifest(
    base: BaseModel, repository: RepositoryId = REPOSITORY, created_at: int = 1_700_000_000_000
) -> ReleaseManifest:
    return ReleaseManifest(
        repository=repository,
        created_at=created_at,
        base_model="tiny",
        base_fingerprint=base.fingerprint,
        fim_format=base.fim_format,
        data_cut=DataCut(commit="0" * 40, cursor=7),
        files={},
    )


def safetensors(tensors: Mapping[str, tuple[str, tuple[int, ...]]], *, seed: int = 0) -> bytes:
    """The bytes of a file with made-up data."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (dtype, shape) in tensors.items():
        size = BYTES_OF[dtype]
        for length in shape:
            size *= length
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    return with_header(json.dumps(header).encode(), hashlib.shake_256(bytes([seed])).digest(end))


def with_header(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data


def overwrite(path: Path, content: bytes) -> None:
    """Published files are read-only."""
    path.chmod(0o600)
    path.write_bytes(content)
