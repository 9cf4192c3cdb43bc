"""Programs that a test runs in a process of their own, to kill it or to take something from it.

`python -m store_programs NAME ARGUMENT`; what each found goes to its output.
"""

import asyncio
import os
import resource
import sys
from pathlib import Path

from experience_facts import CLICK, a_completion, an_accepted

from understudy_protocol.completion import CompletionId
from understudy_protocol.errors import StoreError
from understudy_protocol.events import Accepted, EventId
from understudy_server.store import Store, open_store

EVENTS = [
    Accepted(
        id=EventId(f"00000000-0000-4000-8000-{number:012d}"),
        completion=CompletionId("00000000-0000-4000-8000-000000000000"),
        repository=CLICK,
        at=number,
        length=1,
    )
    for number in range(10_000)
]


async def add_events(url: str) -> None:
    """Add EVENTS in batches of ten, all at a time; print where each acknowledged batch begins."""

    async def add(store: Store, start: int) -> None:
        await store.add_events(EVENTS[start : start + 10])
        say(start)

    store = open_store(url)
    await asyncio.gather(*(add(store, start) for start in range(0, len(EVENTS), 10)))
    await store.close()


async def fill_disk(folder: str) -> None:
    """Write until the file system is full, then make room."""
    ballast = Path(folder, "ballast")
    await asyncio.to_thread(ballast.write_bytes, bytes(1_000_000))
    store = open_store(f"sqlite:///{folder}/experience.db")
    acknowledged: list[CompletionId] = []
    while True:
        completion = a_completion(prefix="x = 1\n" * 5_000)
        try:
            await store.add_completion(completion)
        except StoreError as error:
            say(error)
            break
        acknowledged.append(completion.id)
    say("acknowledged before:", len(acknowledged) > 0)
    await asyncio.to_thread(ballast.unlink)
    await store.add_completion(completion)
    ids = [*acknowledged, completion.id]
    say("all there:", [each.id for each in await store.completions(ids=ids)] == ids)
    await store.close()


async def write_beyond_limit(url: str) -> None:
    """Write while the system refuses to let a file grow, then when it allows that again."""
    store = open_store(url)
    first = an_accepted()
    await store.add_events([first])
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    completions = [a_completion(prefix="x = 1\n" * 5_000) for _ in range(30)]
    answers = await asyncio.gather(*map(store.add_completion, completions), return_exceptions=True)
    failures = {type(answer) for answer in answers if answer is not None}
    say("failures:", *(failure.__name__ for failure in failures))
    page = await store.events(after=0, limit=10, repository=None)
    say("acknowledged is there:", [each.event for each in page.events] == [first])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await asyncio.gather(*map(store.add_completion, completions))
    found = await store.completions(ids=[completion.id for completion in completions])
    say("all there:", found == completions)
    await store.close()


async def open_without_rights(folder: str) -> None:
    """Open a store in a folder that only root may write, as somebody else."""
    os.chdir(folder)
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        open_store("sqlite:///experience.db")
    except StoreError as error:
        say(error)


async def open_and_close(url: str) -> None:
    store = open_store(url)
    await store.add_events([an_accepted()])
    await store.close()


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(globals()[sys.argv[1]](sys.argv[2]))
