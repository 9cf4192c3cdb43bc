"""The door of the gateway: who is calling, and is it a web page?

Two attacks matter to a server on loopback. A web page can make the browser send requests to it:
those carry an Origin, and are refused. A page can have its own name resolve to 127.0.0.1 (DNS
rebinding): then the Host header holds that name, and is refused. Everything but `/healthz` needs
a token besides.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from understudy_protocol.errors import NotAllowed, NoToken, UnderstudyError
from understudy_server.people import Caller, People
from understudy_server.problems import problem_response

OPEN_PATHS = frozenset({"/healthz"})


class AccessMiddleware:
    """Puts the `Caller` into the request's state (`request.state.caller`), or answers 401 or
    403."""

    def __init__(self, app: ASGIApp, *, people: People, hostnames: Collection[str]) -> None:
        self.app = app
        self._people = people
        self._hostnames = {"localhost", *(name.lower() for name in hostnames)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            try:
                scope.setdefault("state", {})["caller"] = self._check(Headers(scope=scope))
            except UnderstudyError as error:
                await problem_response(error)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _check(self, headers: Headers) -> Caller:
        host = _name(headers.get("host", ""))
        if host not in self._hostnames and not _is_address(host):
            raise NotAllowed(
                f"The Host header names {host or 'nothing'}, which is not a name of this gateway.",
                "Call it by its address or by localhost, or list the name under `hostnames`.",
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            raise NotAllowed(
                f"The request comes from a web page ({origin}).",
                "Web pages may not call the gateway; use an editor or the command line.",
            )
        scheme, _, token = headers.get("authorization", "").partition(" ")
        caller = self._people.caller(token.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            raise NoToken(
                "The request carries no valid token.",
                "Send `Authorization: Bearer TOKEN`; locally the token is in the file `token` "
                "of the "
                "state directory (`understudy doctor` prints where).",
            )
        return caller


def _name(host: str) -> str:
    """The host without its port: `[::1]:8764` is `[::1]`."""
    host = host.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _is_address(host: str) -> bool:
    """Only names can be rebound: whoever calls us by an address means us."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
