"""A release: what one night learned for one repository, as a directory that never changes.

    <version>/
        manifest.json     this module's `ReleaseManifest`, as JSON
        adapter/          PEFT format: adapter_config.json, adapter_model.safetensors; none if the
                          base model answers as it is
        lessons.json      `lesson.Lessons`, if there are any
        …                 whatever else was learned; every file is listed in the manifest

The version is the content address of the manifest, and the manifest holds the digest of every file,
so a release cannot change without its name changing.

The releases of a repository lie in one folder, `<releases>/<repository>/<version>/`, and beside
them `serving.json` says which one is served (`ServingHistory`). Names that begin with a dot are
unfinished or discarded work: nobody reads them. Whoever writes there holds an exclusive `flock` on
the repository's folder, puts a release in place by one rename, and replaces `serving.json` by
another.
"""

import hashlib
import re
from typing import Annotated, NewType

import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_protocol.format_version import check_format_version
from understudy_protocol.repository import RepositoryId, WireRepositoryId

MANIFEST_FILE = "manifest.json"
ADAPTER_FOLDER = "adapter"
SERVING_FILE = "serving.json"
FORMAT_VERSION = 1

ReleaseVersion = NewType("ReleaseVersion", str)
"""The first 12 hexadecimal digits of the manifest's SHA-256."""

VERSION_PATTERN = r"^[0-9a-f]{12}$"
DIGEST_PATTERN = r"^[0-9a-f]{64}$"

WireVersion = Annotated[ReleaseVersion, msgspec.Meta(pattern=VERSION_PATTERN, max_length=12)]
Digest = Annotated[str, msgspec.Meta(pattern=DIGEST_PATTERN, max_length=64)]


class DataCut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the night stopped reading."""

    commit: str | None
    """Newest commit of the repository that was learned from; None if it has none."""
    cursor: Annotated[int, msgspec.Meta(ge=0)]
    """Newest event (position in the gateway's log) that was learned from."""


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the gate decided on: held-out holes, the candidate against its parent, paired."""

    holes: Annotated[int, msgspec.Meta(ge=0)]
    task_set: str
    """Content hash of the task set; results of different hashes are never compared."""
    gain: float
    """Mean reduction of the loss on the true continuation, in nats a token; positive is better."""
    gain_low: float
    """Lower end of the 95 % bootstrap interval of the gain."""
    gain_high: float
    forgetting: float
    """Mean rise of the loss on old holes and other code; positive is worse."""


class ReleaseManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a release says of itself."""

    repository: WireRepositoryId
    created_at: Annotated[int, msgspec.Meta(ge=0)]
    """Milliseconds since the epoch."""
    base_model: str
    """Name of the model that the adapter belongs to, for people."""
    base_fingerprint: Digest
    """SHA-256 of the base model's configuration, tokenizer and a sample of its weights."""
    fim_format: str
    data_cut: DataCut
    files: dict[str, Digest]
    """SHA-256 of every file but the manifest, by path with forward slashes (`is_plain_path`)."""
    parent: WireVersion | None = None
    """The release it was trained from; None is the base model."""
    proof: Proof | None = None
    """Of the adapter. None for a release made by hand, which a person promotes, not the gate, and
    for one without an adapter."""
    format_version: Annotated[int, msgspec.Meta(ge=1, le=1)] = FORMAT_VERSION


class Promotion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a repository's serving history; the last one is what is served."""

    version: WireVersion | None
    """None is the base model."""
    at: Annotated[int, msgspec.Meta(ge=0)]
    """Milliseconds since the epoch."""
    reason: str
    rollback: bool = False
    """True if this undoes the newest promotion that still stood; `version` is the one before it."""


class ServingHistory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pointer file `serving.json` of a repository, replaced atomically."""

    repository: WireRepositoryId
    promotions: tuple[Promotion, ...] = ()


def encode_manifest(manifest: ReleaseManifest) -> bytes:
    """The one byte form of a manifest: JSON with sorted keys."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n"


def content_address(encoded_manifest: bytes) -> ReleaseVersion:
    return ReleaseVersion(hashlib.sha256(encoded_manifest).hexdigest()[:12])


def release_version(manifest: ReleaseManifest) -> ReleaseVersion:
    return content_address(encode_manifest(manifest))


def decode_manifest(encoded: bytes, where: str) -> ReleaseManifest:
    """`where` is what the errors call the file. Raises ReleaseError."""
    remedy = "Publish the release again, or promote another one."
    try:
        check_format_version(
            encoded,
            f"The manifest {where}",
            read=FORMAT_VERSION,
            remedy="Use the version of Understudy that wrote it, or publish the release again.",
        )
        manifest = msgspec.json.decode(encoded, type=ReleaseManifest)
    except msgspec.ValidationError as error:
        raise ReleaseError(f"The manifest {where} is not a manifest: {error}.", remedy) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReleaseError(f"The manifest {where} is not JSON: {error}.", remedy) from error
    for path in manifest.files:
        if path == MANIFEST_FILE or not is_plain_path(path):
            raise ReleaseError(
                f"The manifest {where} lists {path!r}, which is not a plain relative path.",
                "List paths of letters, digits, `.`, `_`, `-` and forward slashes only.",
            )
    return manifest


def is_plain_path(path: str) -> bool:
    """Relative, of letters, digits, `.`, `_`, `-`, and no part begins with a dot.

    >>> is_plain_path("adapter/adapter_config.json")
    True
    >>> any(map(is_plain_path, ["../x", "/x", "a//b", "a/./b", "a\\\\b", "C:x", ".hidden", ""]))
    False
    """
    return len(path) <= 512 and _PLAIN_PATH.fullmatch(path) is not None


_PLAIN_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


def encode_history(history: ServingHistory) -> bytes:
    return msgspec.json.format(msgspec.json.encode(history), indent=2) + b"\n"


def decode_history(encoded: bytes, where: str) -> ServingHistory:
    """`where` is what the errors call the file. Raises ReleaseError."""
    try:
        history = msgspec.json.decode(encoded, type=ServingHistory)
        standing(history)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ReleaseError(
            f"The serving history {where} cannot be read: {error}.",
            "Delete that file to serve the base model, then promote a release again.",
        ) from error
    return history


def standing(history: ServingHistory) -> tuple[ReleaseVersion | None, ...]:
    """What was promoted and not rolled back, oldest first; the last is what is served.

    Empty if that is the base model. Raises ValueError if a rollback does not name the promotion
    before the one it undoes.
    """
    stack: list[ReleaseVersion | None] = []
    for promotion in history.promotions:
        if not promotion.rollback:
            stack.append(promotion.version)
            continue
        if not stack:
            raise ValueError("it rolls back more than was promoted")
        stack.pop()
        if promotion.version != (stack[-1] if stack else None):
            raise ValueError(f"its rollback to {promotion.version} is not to what stood before")
    return tuple(stack)


def served(history: ServingHistory) -> ReleaseVersion | None:
    """None is the base model."""
    return history.promotions[-1].version if history.promotions else None


def promoted(
    history: ServingHistory, version: ReleaseVersion | None, *, at: int, reason: str
) -> ServingHistory:
    """`history` with `version` on top; unchanged if that is what is served."""
    if version == served(history):
        return history
    return _with(history, Promotion(version=version, at=at, reason=reason))


def rolled_back(history: ServingHistory, *, at: int, reason: str) -> ServingHistory:
    """`history` with its newest standing promotion undone.

    Raises ReleaseError if nothing stands.
    """
    stack = standing(history)
    if not stack:
        raise ReleaseError(
            f"Nothing is promoted for {history.repository}: the base model is served.",
            "There is nothing to roll back; `understudy releases list` shows what can be promoted.",
        )
    version = stack[-2] if len(stack) > 1 else None
    return _with(history, Promotion(version=version, at=at, reason=reason, rollback=True))


def _with(history: ServingHistory, promotion: Promotion) -> ServingHistory:
    return ServingHistory(
        repository=history.repository, promotions=(*history.promotions, promotion)
    )


def adapter_name(repository: RepositoryId, version: ReleaseVersion) -> str:
    """The name under which vLLM knows the adapter.

    One name for each version: reloading under the same name would reuse prefix-cache blocks of the
    old weights (vLLM issue 42125).
    """
    return f"{repository}@{version}"
