"""The outcome models of the releases that answer, as far as the gateway was asked: afterwards,
because nobody waits for one."""

import logging
from collections.abc import Awaitable, Callable

import msgspec

from understudy_protocol.completion import Model
from understudy_protocol.errors import UnderstudyError
from understudy_protocol.outcome import OutcomeModel
from understudy_protocol.repository import RepositoryId

log = logging.getLogger(__name__)


class OutcomeModels:
    def __init__(self, ask: Callable[[RepositoryId], Awaitable[Model]]) -> None:
        """`ask` tells what answers for a repository; it raises UnderstudyError."""
        self._ask = ask
        self._known: dict[RepositoryId, _Known] = {}
        self._asking: set[RepositoryId] = set()

    def of(self, repository: RepositoryId) -> OutcomeModel | None:
        known = self._known.get(repository)
        return known.model if known else None

    def is_news(self, repository: RepositoryId, release: str | None) -> bool:
        """Whether that release answered and nothing is known of it: then `look` should be called.
        Until it has ended nothing is hidden by what another release learned."""
        known = self._known.get(repository, _Known())
        if known.release == release:
            return False
        self._known.pop(repository, None)
        return release is not None and repository not in self._asking

    async def look(self, repository: RepositoryId) -> None:
        """Failed, it is news again with the next answer."""
        self._asking.add(repository)
        try:
            answer = await self._ask(repository)
        except UnderstudyError as error:
            log.info("the outcome model could not be had: %s", error.code)
        else:
            self._known[repository] = _Known(answer.release, answer.outcome)
        finally:
            self._asking.discard(repository)


class _Known(msgspec.Struct, frozen=True):
    release: str | None = None
    model: OutcomeModel | None = None
