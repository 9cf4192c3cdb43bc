"""Every error that Understudy raises on purpose.

    UnderstudyError
    ├── ConfigError          a setting, flag or configuration file is wrong
    ├── RequestError         what was asked cannot be answered as asked
    │   ├── TooLarge         … because it is larger than the limit
    │   ├── NotAllowed       … because the token is not for this repository, or a web page asks
    │   │   └── NoToken      … because the token is missing or unknown
    │   ├── NotFound         … because there is no such thing
    │   └── Busy             … because the engine is full; it is right to ask again
    ├── EngineError          vLLM
    │   ├── EngineUnavailable   it does not answer (starting, restarting, gone)
    │   └── EngineRefused       it answers, and says no
    ├── FormatError          a FIM format does not fit the served model's tokenizer
    ├── ReleaseError         a release directory is not what its manifest says, or cannot be served
    ├── NightRuns            what was asked has to wait for the end of a night
    ├── StoreError           the experience store cannot take or give what was asked
    └── SegmentError         a part of a workspace's index on disk is damaged (in understudy_lsp)

An error is made of a problem (what was wrong, and where) and a remedy (what to do next); both are
sentences, and `str(error)` is one after the other. `code` names the kind of problem on the wire and
never changes. To add one: subclass the nearest category and give it a code. Errors stay picklable
because all they hold are those two strings.
"""

from typing import ClassVar

import msgspec


class Problem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An error as it goes over the wire."""

    code: str
    """One of the `code`s of the tree above; clients branch on this."""
    problem: str
    """What was wrong, and where."""
    remedy: str
    """What to do next."""


class UnderstudyError(Exception):
    """The root: catch this to catch everything Understudy raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"

    def to_wire(self) -> Problem:
        return Problem(code=self.code, problem=self.problem, remedy=self.remedy)


class ConfigError(UnderstudyError, ValueError):
    code = "config"


class RequestError(UnderstudyError, ValueError):
    code = "bad-request"


class TooLarge(RequestError):
    code = "too-large"


class NotAllowed(RequestError):
    code = "not-allowed"


class NoToken(NotAllowed):
    code = "no-token"


class NotFound(RequestError, LookupError):
    code = "not-found"


class Busy(RequestError):
    code = "busy"


class EngineError(UnderstudyError, RuntimeError):
    code = "engine"


class EngineUnavailable(EngineError):
    code = "engine-unavailable"


class EngineRefused(EngineError):
    code = "engine-refused"


class FormatError(UnderstudyError, ValueError):
    code = "fim-format"


class ReleaseError(UnderstudyError, ValueError):
    code = "release"


class NightRuns(UnderstudyError, RuntimeError):
    code = "night_runs"


class StoreError(UnderstudyError, RuntimeError):
    code = "store"
