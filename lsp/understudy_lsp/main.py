"""A language server put together, and run until its editor hangs up."""

import asyncio
from typing import TYPE_CHECKING

from understudy_lsp import wire
from understudy_lsp.fault import report_in_loop
from understudy_lsp.features import (
    advance,
    commands,
    inline_completion,
    outcomes,
    renaming,
    workspace,
)
from understudy_lsp.server import Understudy

if TYPE_CHECKING:
    from understudy_lsp.simulation import Simulation


def create_server(simulation: "Simulation | None" = None) -> Understudy:
    """Needs a running event loop."""
    server = Understudy(simulation=simulation)
    for feature in (workspace, inline_completion, outcomes, commands, renaming):
        feature.register(server)
    if simulation is not None:
        advance.register(server, simulation)
    return server


async def run(address: tuple[str, int] | None, *, simulation: "Simulation | None" = None) -> None:
    """Over TCP at `address`, or over stdin and stdout."""
    asyncio.get_running_loop().set_exception_handler(report_in_loop)
    server = create_server(simulation)
    try:
        if address is None:
            await wire.serve_stdio(server)
        else:
            await wire.serve_tcp(server, *address)
    finally:
        if "session" in vars(server):
            await server.session.close()
