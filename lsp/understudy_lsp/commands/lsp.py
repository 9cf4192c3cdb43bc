"""`understudy lsp`: the language server, for an editor to start."""

import asyncio
import os

import click


@click.command()
@click.option("--tcp", metavar="HOST:PORT", help="Listen there for one editor; PORT 0 for any.")
@click.option("--simulated-clock", is_flag=True, hidden=True)  # for a backtest
def lsp(tcp: str | None, simulated_clock: bool) -> None:
    """Run the language server on stdin and stdout, for an editor to start.

    Editors start it by its absolute path, with no arguments; how each one is set up stands in
    docs/editors. It finds the gateway of this machine by itself (`understudy serve`).

    Nothing of the folder that you work in runs, with one exception: what PYTHONPATH or PYTHONHOME
    name is there before we are. Do not let them lead into a folder that you do not trust.
    """
    # Only here: `understudy --help` must not import pygls.
    from understudy_lsp.log import log_to_stderr
    from understudy_lsp.main import run

    log_to_stderr()
    # A relative entry names programs of the folder that somebody works in (a `git` of its own).
    entries = os.get_exec_path()
    os.environ["PATH"] = os.pathsep.join(filter(os.path.isabs, entries))
    host, _, port = (tcp or "").rpartition(":")
    if tcp and (not host or not port.isdigit()):
        raise click.BadParameter("give HOST:PORT, such as 127.0.0.1:0", param_hint="--tcp")
    address = (host, int(port)) if tcp else None
    if simulated_clock:
        from understudy_lsp.simulation import run_simulated

        run_simulated(lambda simulation: run(address, simulation=simulation))
    else:
        asyncio.run(run(address))
