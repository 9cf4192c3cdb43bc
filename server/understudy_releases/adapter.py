"""Whether a PEFT adapter directory is one that vLLM can serve, decided before vLLM sees it.

vLLM reads adapters inside its engine loop, where a bad one costs every request; so everything that
can be known from the configuration and the header of the weights is checked here, without torch.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_releases.fingerprint import Shape
from understudy_releases.safetensors_header import BadHeader, Header, Tensor, read_header

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
REQUIRED_FILES = (CONFIG_FILE, WEIGHTS_FILE)
ALLOWED_FILES = frozenset({*REQUIRED_FILES, "README.md"})
MAX_CONFIG_BYTES = 1 << 20
BYTES_OF_DTYPE = {"F32": 4, "F16": 2, "BF16": 2}

TRAIN_AGAIN = "Train the adapter again and publish that."


class AdapterConfig(msgspec.Struct, frozen=True):
    """The fields of PEFT's LoraConfig that decide what the weights mean; others are of no concern.

    `base_model_name_or_path` is one of the others: what belongs together is told by the manifest's
    fingerprint, and a path of the machine that trained says nothing here.
    """

    peft_type: str
    r: int
    lora_alpha: float
    target_modules: list[str] | str | None = None
    bias: str = "none"
    modules_to_save: list[str] | None = None
    use_dora: bool = False
    lora_bias: bool = False
    use_qalora: bool = False
    use_bdlora: Any = None
    layer_replication: Any = None
    alora_invocation_tokens: Any = None
    rank_pattern: dict[str, int] | None = None
    alpha_pattern: dict[str, float] | None = None
    init_lora_weights: bool | str | None = True


def check_adapter(
    folder: Path, *, max_rank: int | None = None, modules: Mapping[str, Shape | None] | None = None
) -> None:
    """Raises ReleaseError if the adapter in `folder` could not be served.

    `max_rank` is the largest rank that the engine takes, `modules` what `linear_modules` says of
    the base model; None leaves out the checks that need them.
    """
    _check_files(folder)
    config = _config(folder / CONFIG_FILE)
    _check_features(config, folder)
    header = _header(folder / WEIGHTS_FILE)
    pairs = _pairs(header, folder)
    _check_rank(config, pairs, max_rank)
    if modules is not None:
        _check_modules(config, pairs, modules)


def _check_files(folder: Path) -> None:
    names = set(os.listdir(folder)) if folder.is_dir() else set[str]()
    if missing := [name for name in REQUIRED_FILES if name not in names]:
        raise ReleaseError(f"The adapter {folder} has no {missing[0]}.", TRAIN_AGAIN)
    if others := sorted(names - ALLOWED_FILES):
        raise ReleaseError(
            f"The adapter {folder} contains {others[0]}; nothing but "
            f"{', '.join(sorted(ALLOWED_FILES))} may stand there.",
            "Save the adapter in the safetensors format, without optimizer state or other weights.",
        )


def _config(path: Path) -> AdapterConfig:
    with path.open("rb") as file:
        encoded = file.read(MAX_CONFIG_BYTES + 1)
    if len(encoded) > MAX_CONFIG_BYTES:
        raise ReleaseError(f"{path} is larger than {MAX_CONFIG_BYTES} bytes.", TRAIN_AGAIN)
    try:
        return msgspec.json.decode(encoded, type=AdapterConfig)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReleaseError(f"{path} is not a LoRA configuration: {error}.", TRAIN_AGAIN) from error


# Those that PEFT turns into a plain LoRA when it saves; the others change the base weights too.
_PLAIN_INITS = ("gaussian", "eva", "orthogonal", "mica", "lora_ga")


def _check_features(config: AdapterConfig, folder: Path) -> None:
    """What PEFT can train and vLLM 0.32 cannot serve (vllm/lora/peft_helper.py)."""
    init = config.init_lora_weights
    refused = {
        f"peft_type={config.peft_type}": config.peft_type != "LORA",
        f"bias={config.bias}": config.bias != "none",
        "modules_to_save": bool(config.modules_to_save),
        "use_dora": config.use_dora,
        "lora_bias": config.lora_bias,
        "use_qalora": config.use_qalora,
        "use_bdlora": bool(config.use_bdlora),
        "layer_replication": bool(config.layer_replication),
        "alora_invocation_tokens": bool(config.alora_invocation_tokens),
        "rank_pattern": bool(config.rank_pattern),
        "alpha_pattern": bool(config.alpha_pattern),
        f"init_lora_weights={init}": isinstance(init, str) and init.lower() not in _PLAIN_INITS,
    }
    if found := [feature for feature, is_used in refused.items() if is_used]:
        raise ReleaseError(
            f"The adapter {folder} uses {', '.join(found)}, which is not served.",
            "Train a plain LoRA adapter (one rank, no bias, no saved modules, no DoRA).",
        )
    if config.r < 1:
        raise ReleaseError(f"The adapter {folder} has rank {config.r}.", TRAIN_AGAIN)


def _header(path: Path) -> Header:
    """The header, once types, offsets and the size of the file are known to agree."""
    with path.open("rb") as file:
        try:
            header = read_header(file)
            _check_layout(header.tensors, os.fstat(file.fileno()).st_size - len(header.encoded))
        except BadHeader as error:
            raise ReleaseError(
                f"The weights {path} are damaged: {error}.",
                "Publish the release again from the training run that made it.",
            ) from error
    return header


def _check_layout(tensors: Mapping[str, Tensor], data_bytes: int) -> None:
    """Raises BadHeader unless the tensors fill the data without holes and overlaps."""
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: item[1].data_offsets):
        if tensor.dtype not in BYTES_OF_DTYPE:
            raise BadHeader(f"{name} has type {tensor.dtype}, not {', '.join(BYTES_OF_DTYPE)}")
        if len(tensor.shape) != 2 or 0 in tensor.shape:
            raise BadHeader(f"{name} has shape {list(tensor.shape)}, which is no matrix")
        begin, stop = tensor.data_offsets
        if begin != end:
            raise BadHeader(f"{name} begins at byte {begin} of the data, not at {end}")
        size = tensor.shape[0] * tensor.shape[1] * BYTES_OF_DTYPE[tensor.dtype]
        if stop - begin != size:
            raise BadHeader(f"{name} takes {stop - begin} bytes where its shape takes {size}")
        end = stop
    if end != data_bytes:
        raise BadHeader(f"its tensors take {end} bytes where the file has {data_bytes}")


_TENSOR_NAME = re.compile(r"base_model\.model\.([A-Za-z0-9_.]+)\.lora_([AB])\.weight")

Pair = tuple[Shape, Shape]
"""Shapes of A (rank, inputs) and B (outputs, rank)."""


def _pairs(header: Header, folder: Path) -> dict[str, Pair]:
    """Module to the shapes of its two matrices."""
    halves: dict[str, dict[str, Shape]] = {}
    for name, tensor in header.tensors.items():
        match = _TENSOR_NAME.fullmatch(name)
        if match is None:
            raise ReleaseError(
                f"The adapter {folder} has {name!r}, which is no LoRA matrix of a linear layer.",
                "Train a LoRA adapter on linear layers only.",
            )
        rows, columns = tensor.shape
        halves.setdefault(match[1], {})[match[2]] = (rows, columns)
    if not halves:
        raise ReleaseError(f"The adapter {folder} has no weights.", TRAIN_AGAIN)
    for module, shapes in halves.items():
        if len(shapes) != 2:
            raise ReleaseError(
                f"The adapter {folder} has only one of lora_A and lora_B for {module}.", TRAIN_AGAIN
            )
    return {module: (shapes["A"], shapes["B"]) for module, shapes in halves.items()}


def _check_rank(config: AdapterConfig, pairs: Mapping[str, Pair], max_rank: int | None) -> None:
    for module, (a, b) in pairs.items():
        if (a[0], b[1]) != (config.r, config.r):
            raise ReleaseError(
                f"The adapter's matrices for {module} have rank {a[0]} and {b[1]}; "
                f"its configuration says {config.r}.",
                TRAIN_AGAIN,
            )
    if max_rank is not None and config.r > max_rank:
        raise ReleaseError(
            f"The adapter has rank {config.r}; the engine was started for ranks up to {max_rank}.",
            f"Train with a rank of at most {max_rank}, or start the engine with a larger one.",
        )


def _check_modules(
    config: AdapterConfig, pairs: Mapping[str, Pair], modules: Mapping[str, Shape | None]
) -> None:
    targets = config.target_modules if isinstance(config.target_modules, list) else []
    last_parts = {module.rpartition(".")[2] for module in modules}
    for target in targets:
        if target not in modules and target.rpartition(".")[2] not in last_parts:
            raise ReleaseError(
                f"The adapter is for modules {target!r}, which the served model does not have.",
                f"The model's linear layers are {', '.join(sorted(last_parts))}.",
            )
    for module, ((_, inputs), (outputs, _)) in pairs.items():
        if module not in modules:
            raise ReleaseError(
                f"The adapter has weights for {module}, which the served model does not have.",
                "Train an adapter for the served model.",
            )
        shape = modules[module]
        if shape is not None and shape != (outputs, inputs):
            raise ReleaseError(
                f"The adapter's weights for {module} have {inputs} inputs and {outputs} outputs; "
                f"the served model has {shape[1]} and {shape[0]}.",
                "Train an adapter for the served model.",
            )
