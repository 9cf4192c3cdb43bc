"""The process that keeps the index of one folder: `python -P -m understudy_lsp.index.builder FOLDER
PLACE`. Orders come in at stdin, reports go out at stdout, and it ends when stdin does.

It may be killed at any moment. What it does not know how to go on from (a damaged database) ends
it too: it is started again and begins by looking at what is there.
"""

import os
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from queue import Empty, SimpleQueue

import msgspec

from understudy_lsp.index.database import open_to_write, progress_in, remove, segments_in
from understudy_lsp.index.facts import Progress
from understudy_lsp.index.jobs import Order, Report
from understudy_lsp.index.lock import take_lock
from understudy_lsp.index.rules import Rules
from understudy_lsp.index.segments import segments_on_disk
from understudy_lsp.index.update import NO_DISK, Update
from understudy_lsp.index.urgency import be_nice
from understudy_lsp.index.workers import Workers

LOCKED_SECONDS = 2.0
"""Between two looks whether the other builder is gone."""

IDLE_SECONDS = 5.0
"""After which workers end: longer than it takes to save the next file of a handful."""

REST = 100
"""The whole folder is looked at again after so many times the time that this takes, which makes it
one hundredth of a core: not every editor watches files."""

REST_SECONDS = 30.0
"""At least, and after trouble."""

MANY = 1_000
"""Changed files from which on it is quicker to look at them all."""


def main(folder: Path, place: Path) -> None:
    be_nice()
    orders: SimpleQueue[Order] = SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    try:
        with closing(_lock(place)):
            _build(folder, place, orders)
    except sqlite3.OperationalError:
        _report(Report(Progress(trouble=NO_DISK)))
        raise


def keep(update: Update, orders: SimpleQueue[Order], workers: Workers) -> None:
    """Keep the index as the folder is, for ever."""
    while True:
        took = update.everything()
        due = time.monotonic() + max(REST_SECONDS, REST * took)
        while (left := due - time.monotonic()) > 0:
            try:
                order = orders.get(timeout=min(left, IDLE_SECONDS))
            except Empty:
                workers.end()
                continue
            changed = set(order.changed)
            while not orders.empty():
                more = orders.get()
                changed.update(more.changed)
                order = more if more.everything else order
            if order.everything or len(changed) > MANY or not update.some(changed):
                break


def _build(folder: Path, place: Path, orders: SimpleQueue[Order]) -> None:
    command = [sys.executable, "-P", "-m", "understudy_lsp.index.worker"]
    workers = Workers([*command, os.fspath(folder), os.fspath(segments_in(place))])
    try:
        with closing(open_to_write(place)) as database:
            update = Update(Rules(folder), place, database, workers=workers, report=_report)
            keep(update, orders, workers)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        remove(place)
        raise
    finally:
        workers.end()


def _lock(place: Path) -> sqlite3.Connection:
    """The lock of `place`; while another builder has it, what that one has done is reported."""
    while (lock := take_lock(place)) is None:
        segments = segments_on_disk(segments_in(place))
        _report(Report(progress_in(place), segments))
        time.sleep(LOCKED_SECONDS)
    return lock


def _listen(orders: SimpleQueue[Order]) -> None:
    decoder = msgspec.json.Decoder(Order)
    for line in sys.stdin.buffer:
        orders.put(decoder.decode(line))
    os._exit(0)


def _report(report: Report) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except Exception as error:
        # The message and the places in the code may hold names of files.
        sys.stderr.write(f"The index stopped: {type(error).__name__}\n")
        raise SystemExit(1) from None
