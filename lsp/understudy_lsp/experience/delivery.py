"""Handing facts to the gateway in batches, and finding out which it takes."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

import msgspec

from understudy_lsp.experience.fact import Fact
from understudy_protocol.errors import Busy, NotAllowed, NoToken, RequestError
from understudy_protocol.events import CopiedCompletion, EventBatch
from understudy_protocol.repository import RepositoryId

Deliver = Callable[[EventBatch], Awaitable[None]]
"""Returns when the batch is on the gateway's disk. RequestError says that the batch itself is
wrong; whatever else is raised says that it may go well another time."""

_log = logging.getLogger(__name__)

BATCH = 1000
"""Events that the gateway takes at a time."""

BATCH_BYTES = 1_000_000
"""A quarter of the body that the gateway takes."""


class Delivery(msgspec.Struct, frozen=True):
    left: tuple[int, ...] = ()
    """Positions of facts to try again."""
    refused: int = 0
    """Facts that the gateway will never take."""
    away: bool = False
    """The gateway takes nothing at all now."""


async def deliver_all(facts: Sequence[tuple[Fact, int]], deliver: Deliver) -> Delivery:
    """`facts` come with their size in bytes. A token that is not for one repository leaves that
    for another time, and does not hold up the rest; a fact that is refused goes alone."""
    refused = 0
    left: list[int] = []
    batches = _batches(facts)
    while batches:
        batch = batches.pop(0)
        try:
            await deliver(_batch([facts[position][0] for position in batch]))
        except (Busy, NoToken) as error:
            return _away(left, [batch, *batches], refused, error)
        except NotAllowed:
            left += batch
        except RequestError:
            # Halves, until the one that is wrong stands alone.
            middle = len(batch) // 2
            if middle == 0:
                refused += 1
            else:
                batches = [batch[:middle], batch[middle:], *batches]
        except Exception as error:
            return _away(left, [batch, *batches], refused, error)
    return Delivery(tuple(sorted(left)), refused)


def _away(left: list[int], batches: list[list[int]], refused: int, error: Exception) -> Delivery:
    _log.info("events wait for the gateway: %s", type(error).__name__)
    return Delivery(tuple(sorted([*left, *chain(*batches)])), refused, away=True)


def _batches(facts: Sequence[tuple[Fact, int]]) -> list[list[int]]:
    """Positions, of one repository each."""
    batches: list[list[int]] = []
    open_: dict[RepositoryId, tuple[list[int], int]] = {}
    for position, (fact, size) in enumerate(facts):
        batch, taken = open_.get(fact.repository, (list[int](), BATCH_BYTES))
        if taken + size > BATCH_BYTES or len(batch) == BATCH:
            batch, taken = list[int](), 0
            batches.append(batch)
        batch.append(position)
        open_[fact.repository] = (batch, taken + size)
    return batches


def _batch(facts: Sequence[Fact]) -> EventBatch:
    copied = tuple(fact for fact in facts if isinstance(fact, CopiedCompletion))
    events = tuple(fact for fact in facts if not isinstance(fact, CopiedCompletion))
    return EventBatch(events, copied)
