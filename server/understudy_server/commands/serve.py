"""`understudy serve`: the gateway, until it is told to stop."""

import asyncio
import contextlib
import ipaddress
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import click
import uvicorn
from rich.console import Console

from understudy_protocol.errors import ConfigError
from understudy_releases.paths import default_config_file
from understudy_server.app import create_app
from understudy_server.config import Config, load_config
from understudy_server.gateway import open_gateway
from understudy_server.people import read_people


@click.command()
@click.option("--config", "file", type=click.Path(path_type=Path), help="TOML file with settings.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on, 0 for any.  [default: 8764]")
@click.option("--model", help="Local directory or hub name.  [default: the embedded model]")
@click.option("--engine-url", "engine_urls", multiple=True, help="Use this vLLM; may be repeated.")
@click.option("--fim-format", help="FIM format, if the model's name does not tell.")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Where everything is kept.")
@click.option("--night-at", help="Learn at this local time, such as 03:00.  [default: at none]")
@click.option("--night-when-idle", type=int, help="Learn after so many minutes without requests.")
@click.option("--night-budget", help="Time to learn one repository: 90s, 10m, 1h.  [default: 10m]")
@click.option(
    "--night-runtime", is_flag=True, default=None, help="Nights run tests, too, in a sandbox."
)
@click.option(
    "--night-reinforce", is_flag=True, default=None, help="Nights practise on answers, too."
)
@click.option(
    "--gpu-share",
    type=float,
    help="Share of a GPU for the engine.  [default: vLLM's own, 0.6 with nights]",
)
def serve(file: Path | None, **flags: object) -> None:
    """Run the gateway, and vLLM behind it, until Ctrl-C.

    Settings come from a TOML file (by default config.toml in the platform's configuration
    folder), then from the environment (UNDERSTUDY_PORT and so on), then from these flags; later
    ones win.

    \b
    The embedded model:    understudy serve
    A larger one:          understudy serve --model Qwen/Qwen2.5-Coder-1.5B
    A vLLM of your own:    understudy serve --engine-url http://gpu-box:8000
    Learning every night:  understudy serve --night-at 03:00
    """
    if file is None and default_config_file().exists():
        file = default_config_file()
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    config = load_config(file, flags=given)
    asyncio.run(_serve(config))


async def _serve(config: Config) -> None:
    check_network(config)
    listening = listen(config)
    console = Console(stderr=True, highlight=False)
    bound, port = listening.getsockname()[:2]
    host = _EVERY_ADDRESS.get(str(bound), str(bound))
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    # Opened here and not by uvicorn, which would turn an error at start into a traceback.
    async with open_gateway(config) as gateway:
        server = _Server(
            uvicorn.Config(
                create_app(config, lambda _: contextlib.nullcontext(gateway)),
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=5,
                server_header=False,
            )
        )
        console.print(f"Understudy listens on [bold]{address}[/] (Ctrl-C stops it).")
        console.print(f"State, logs and the token are in {config.state_dir}.")
        written = config.state_dir / "address"
        written.write_text(f"{address}\n", encoding="ascii")
        try:
            await server.serve(sockets=[listening])
        finally:
            written.unlink(missing_ok=True)


_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where local clients reach a gateway that listens on all addresses."""


class _Server(uvicorn.Server):
    """Ends in order when it is told to; uvicorn's own would then die of the same signal."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)


def check_network(config: Config) -> None:
    """Raises ConfigError if the gateway would listen on a network with nobody to answer to."""
    try:
        loopback = ipaddress.ip_address(config.host).is_loopback
    except ValueError:
        loopback = config.host == "localhost"
    if not loopback and not read_people(config.state_dir):
        raise ConfigError(
            f"Listening on {config.host} would open the gateway to a network, and nobody has a "
            f"token.",
            "Make one first (`understudy people add NAME --repository ID`), or listen on "
            "127.0.0.1.",
        )


def listen(config: Config) -> socket.socket:
    """A bound socket, made before anything slow starts. Raises ConfigError."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. Without it the first text waits behind the head of the answer for
        # the client's delayed acknowledgement: 40 ms.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listening.bind((config.host, config.port))
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"{config.host}:{config.port} cannot be listened on: {error.strerror}.",
            "Stop whatever listens there, or choose another port with --port (0 takes any free "
            "one).",
        ) from error
    return listening
