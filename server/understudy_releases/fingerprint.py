"""What tells one base model from another: an adapter fits only the weights it was trained on."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from understudy_protocol.errors import ConfigError
from understudy_protocol.release import Digest
from understudy_releases.safetensors_header import BadHeader, Header, read_header

SAMPLE_BYTES = 1 << 20


class _Index(msgspec.Struct):
    weight_map: dict[str, str]


Shape = tuple[int, int]
"""Outputs and inputs of a linear layer: the shape of its weight."""


def fingerprint(model_dir: Path) -> Digest:
    """SHA-256 of a model's configuration, tokenizer and a sample of its weights.

    Of config.json and tokenizer.json every byte counts; of each safetensors file, in order of
    their names: name, size, header (so every tensor's name, type and shape), and the first and
    last MiB of the file. Reading all of a 15 GB model would take many seconds at each start;
    fine-tuning changes the first and the last layer as it changes the rest.

    `model_dir` is a local directory; for a hub name it is the snapshot folder.
    Raises ConfigError if it holds no such model.
    """
    digest = hashlib.sha256(b"understudy base model 1\n")
    for field in _fields(model_dir):
        digest.update(len(field).to_bytes(8, "little"))  # no two lists of fields look the same
        digest.update(field)
    return digest.hexdigest()


def linear_modules(model_dir: Path) -> dict[str, Shape | None]:
    """Every linear layer of a model by its dotted name; None if its weight is packed (quantised).

    Raises ConfigError if `model_dir` holds no such model.
    """
    modules: dict[str, Shape | None] = {}
    for path in _weights(model_dir):
        with _opened(path) as file:
            tensors = _header(file, path).tensors
        for name, tensor in tensors.items():
            module, _, parameter = name.rpartition(".")
            if "embed" in module or module.endswith("wte"):
                continue
            if parameter in ("qweight", "weight_packed"):
                modules[module] = None
            elif parameter == "weight" and len(tensor.shape) == 2:
                out_features, in_features = tensor.shape
                is_packed = not tensor.dtype.startswith(("F", "BF"))
                modules[module] = None if is_packed else (out_features, in_features)
    return modules


def _fields(model_dir: Path) -> Iterator[bytes]:
    for name in ("config.json", "tokenizer.json"):
        yield name.encode()
        with _opened(model_dir / name) as file:
            yield file.read()
    for path in _weights(model_dir):
        with _opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            yield from (path.name.encode(), str(size).encode(), _header(file, path).encoded)
            file.seek(0)
            yield file.read(SAMPLE_BYTES)
            file.seek(max(0, size - SAMPLE_BYTES))
            yield file.read(SAMPLE_BYTES)


def _weights(model_dir: Path) -> list[Path]:
    paths = sorted(model_dir.glob("*.safetensors"), key=lambda path: path.name)
    if not paths:
        raise ConfigError(
            f"The model {model_dir} has no safetensors files.",
            "Give a directory or hub name of a model in the safetensors format "
            "(older formats can run code while they load).",
        )
    for name in _indexed(model_dir) - {path.name for path in paths}:
        raise _unreadable(model_dir / name, "the index of the weights names it, and it is missing")
    return paths


def _indexed(model_dir: Path) -> set[str]:
    """The names of the files that the weights are spread over; none where they are in one."""
    path = model_dir / "model.safetensors.index.json"
    if not path.exists():
        return set()
    try:
        return set(msgspec.json.decode(path.read_bytes(), type=_Index).weight_map.values())
    except (OSError, msgspec.MsgspecError) as error:
        raise _unreadable(path, str(error)) from error


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def _header(file: BinaryIO, path: Path) -> Header:
    try:
        return read_header(file)
    except BadHeader as error:
        raise _unreadable(path, str(error)) from error


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"The model's file {path} cannot be read: {why}.", "Download or copy the model again."
    )
