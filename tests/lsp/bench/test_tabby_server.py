"""What tabby-agent asks its server, put to our gateway."""

import httpx
from fake_gateway import TOKEN, FakeGateway, fake_gateway, saying

from understudy_lsp.bench.http_server import served
from understudy_lsp.bench.tabby_server import MAX_TOKENS, TabbyServer
from understudy_lsp.gateway import Address, Gateway
from understudy_protocol.completion import Mode, Snippet
from understudy_protocol.errors import Problem
from understudy_protocol.repository import RepositoryId

REPOSITORY = RepositoryId("click-3f9a1c2b8d4e")
ASKED = {
    "language": "python",
    "segments": {
        "prefix": "a = ",
        "suffix": "\n",
        "filepath": "click/core.py",
        "declarations": [{"filepath": "click/types.py", "body": "class Choice: ..."}],
    },
    "user": "somebody",
}


async def test_one_request_is_one_call_for_a_block_with_what_tabby_sent() -> None:
    async with fake_gateway() as gateway:
        gateway.script = saying("first", " + second")
        answer = await _post(gateway)
    assert answer.json()["choices"] == [{"index": 0, "text": "first + second"}]
    (asked,) = gateway.asked
    assert (asked.prefix, asked.suffix, asked.path) == ("a = ", "\n", "click/core.py")
    assert (asked.mode, asked.max_tokens) == (Mode.BLOCK, MAX_TOKENS)
    assert asked.snippets == (Snippet(path="click/types.py", text="class Choice: ..."),)


async def test_a_gateway_that_refuses_is_a_server_that_is_busy() -> None:
    async with fake_gateway() as gateway:
        gateway.problem = 429, Problem("busy", "Full.", "Ask again.")
        assert (await _post(gateway)).status_code == 503


async def _post(gateway: FakeGateway) -> httpx.Response:
    ours = Gateway(lambda: Address(gateway.url, TOKEN))
    server = TabbyServer(ours, REPOSITORY)
    async with served(server.answer) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/v1/health")).json()["model"]
        await server.looked_for()
        answer = await client.post("/v1/completions", json=ASKED)
    await ours.close()
    return answer
