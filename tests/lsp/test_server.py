"""The language server as an editor meets it: every message over a connection, the gateway faked."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from fake_gateway import TOKEN, FakeGateway, fake_gateway, saying
from gateway_under_test import until
from lsp_client import Editor, editor_in_process

from understudy_lsp.consent import Answer, Consents
from understudy_lsp.repository import find_repository
from understudy_protocol.completion import Mode
from understudy_protocol.events import Accepted, Shown

CODE = "def area(width, height):\n    return "


@pytest.fixture
async def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[FakeGateway]:
    """A gateway of this machine, and state folders of the test's own."""
    state = tmp_path / "state"
    monkeypatch.setenv("UNDERSTUDY_STATE_DIR", str(state))
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    state.mkdir()
    async with fake_gateway() as fake:
        (state / "address").write_text(fake.url)
        (state / "token").write_text(TOKEN)
        yield fake


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def file_in(folder: Path, name: str = "shapes.py") -> str:
    return (folder / name).as_uri()


async def opened(editor: Editor, work: Path, text: str = CODE) -> str:
    uri = file_in(work)
    await editor.initialize(work)
    editor.open(uri, text)
    return uri


async def test_ghost_text_comes_from_the_gateway(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying("width", " * height")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        item = await editor.ghost(uri, len(CODE))
        assert item is not None
        assert item["insertText"] == "width * height"
        assert item["range"]["start"] == item["range"]["end"] == {"line": 1, "character": 11}
    asked = gateway.asked[0]
    assert (asked.path, asked.language, asked.mode) == ("shapes.py", "python", Mode.BLOCK)
    assert (asked.prefix, asked.suffix) == (CODE, "")
    assert not asked.remember


async def test_typing_what_was_suggested_asks_nobody(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        await editor.ghost(uri, len(CODE))
        for count in range(1, 6):
            editor.type(uri, len(CODE) + count - 1, "width"[count - 1])
            item = await editor.ghost(uri, len(CODE) + count)
            assert item is not None
            assert item["insertText"] == "width * height"[count:]
    assert len(gateway.asked) == 1


async def test_an_accepted_suggestion_becomes_experience_of_those_who_agreed(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, server):
        server.session.consents.set(find_repository(work).id, Answer.YES)
        uri = await opened(editor, work)
        item = await editor.ghost(uri, len(CODE))
        assert item is not None
        editor.tell("textDocument/didShowCompletion", {"item": item})
        editor.accept(uri, item)
        await until(lambda: any(isinstance(event, Accepted) for event in gateway.events))
    kinds = [type(event) for event in gateway.events]
    assert kinds.count(Accepted) == kinds.count(Shown) == 1
    assert {event.completion for event in gateway.events} == {gateway.asked[0].id}
    assert gateway.asked[0].remember


async def test_nothing_is_remembered_without_consent_and_it_is_asked_once(
    gateway: FakeGateway, work: Path, tmp_path: Path
) -> None:
    gateway.script = saying("width * height")
    questions: list[str] = []

    def no(params: dict[str, str]) -> dict[str, str]:
        questions.append(params["message"])
        return {"title": "Do not remember"}

    async with editor_in_process() as (editor, server):
        editor.answers["window/showMessageRequest"] = no
        uri = await opened(editor, work)
        repository = find_repository(work).id
        item = await editor.ghost(uri, len(CODE))
        assert item is not None
        editor.accept(uri, item)
        await until(lambda: server.session.consents.answer(repository) is Answer.NO)
        editor.edit(uri, len(CODE), len(editor.texts[uri]), "")
        await editor.ghost(uri, len(CODE))
    assert len(questions) == 1
    assert gateway.events == []
    consents = Consents(tmp_path / "state" / "lsp" / "consent.json")
    assert consents.answer(repository) is Answer.NO


async def test_the_newest_request_of_a_document_wins(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying("wid", "th * height", pause_s=0.05)
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        _, first = editor.asked_for_ghost(uri, len(CODE), invoked=True)
        _, second = editor.asked_for_ghost(uri, len(CODE), invoked=True)
        assert (await first)["items"] == []
        assert (await second)["items"][0]["insertText"] == "width * height"


async def test_a_request_that_is_running_is_joined_by_what_agrees_with_it(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width", " * ", "height", pause_s=0.1)
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        editor.asked_for_ghost(uri, len(CODE), invoked=True)
        await until(lambda: len(gateway.asked) == 1)
        editor.type(uri, len(CODE), "wi")
        item = await editor.ghost(uri, len(CODE) + 2)
        assert item is not None
        assert item["insertText"] == "dth * height"
    assert len(gateway.asked) == 1


async def test_what_is_typed_otherwise_stops_the_engine(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying(*["width * "] * 2000, pause_s=0.02)
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        editor.asked_for_ghost(uri, len(CODE), invoked=True)
        await until(lambda: len(gateway.asked) == 1)
        editor.type(uri, len(CODE), "xyz")
        await until(lambda: len(gateway.left) == 1)


async def test_a_cancelled_request_stops_the_engine(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying(*["width * "] * 2000, pause_s=0.02)
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        id_, answer = editor.asked_for_ghost(uri, len(CODE), invoked=True)
        await until(lambda: len(gateway.asked) == 1)
        editor.cancel(id_)
        with pytest.raises(RuntimeError):
            await answer
        await until(lambda: len(gateway.left) == 1)


async def test_a_request_sees_the_document_as_it_was_when_it_came(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("1")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work, "a = ")
        # Both messages arrive in one piece.
        editor.asked_for_ghost(uri, 4, invoked=True)
        editor.edit(uri, 0, 4, "b = something else\n")
        await until(lambda: len(gateway.asked) == 1)
    assert gateway.asked[0].prefix == "a = "


async def test_an_editor_without_ghost_text_gets_one_item_of_a_menu(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("dth * height")
    async with editor_in_process() as (editor, _):
        uri = file_in(work)
        result = await editor.initialize(work, capabilities={"textDocument": {}})
        assert "completionProvider" in result["capabilities"]
        editor.open(uri, CODE + "wi")
        params = {
            "textDocument": {"uri": uri},
            "position": {"line": 1, "character": 13},
            "context": {"triggerKind": 1},
        }
        menu = await editor.ask("textDocument/completion", params)
    assert menu["isIncomplete"]
    (item,) = menu["items"]
    assert item["label"] == "width * height"
    assert item["filterText"] == "wi"
    assert item["textEdit"]["newText"] == "width * height"
    assert item["textEdit"]["range"]["start"] == {"line": 1, "character": 11}


async def test_ghost_text_is_announced_and_a_menu_is_not(gateway: FakeGateway, work: Path) -> None:
    async with editor_in_process() as (editor, _):
        capabilities = (await editor.initialize(work))["capabilities"]
    assert "inlineCompletionProvider" in capabilities
    assert "completionProvider" not in capabilities
    assert capabilities["textDocumentSync"]["change"] == 2


async def test_why_nothing_was_shown_can_be_asked(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying("x")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work, "# a comment ")
        assert await editor.ghost(uri, 12) is None
        explained = await editor.ask(
            "workspace/executeCommand", {"command": "understudy.explain", "arguments": []}
        )
    assert "Nothing was shown: comment" in explained["text"]
    assert gateway.asked == []


async def test_trouble_is_told_with_what_to_do(gateway: FakeGateway, work: Path) -> None:
    gateway.rubbish = b"<html>"
    async with editor_in_process() as (editor, _):
        await opened(editor, work)
        status = await editor.until(
            "understudy/didChangeStatus", lambda params: params["kind"] == "trouble"
        )
        assert "not Understudy" in status["message"]
        assert "address" in status["remedy"]
        gateway.rubbish = None
        await editor.until("understudy/didChangeStatus", lambda params: params["kind"] != "trouble")


async def test_a_message_that_is_wrong_is_answered_and_the_next_one_works(
    gateway: FakeGateway, work: Path
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        for body in (b"{", b"[]", b"null", b'{"jsonrpc": "2.0"}', b'{"id": 1}', b"\xff"):
            editor.send_raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        editor.send_raw(b"nonsense: yes\r\n\r\n")
        with pytest.raises(RuntimeError, match="not understood"):
            await editor.ask("textDocument/inlineCompletion", {"textDocument": 7})
        with pytest.raises(RuntimeError):
            await editor.ask("no/such/method", {})
        assert await editor.ghost(uri, len(CODE)) is not None


async def test_snoozing_is_silence_until_woken(gateway: FakeGateway, work: Path) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, _):
        uri = await opened(editor, work)
        await editor.run({"command": "understudy.snooze", "arguments": [5]})
        assert await editor.ghost(uri, len(CODE)) is None
        await editor.run({"command": "understudy.wake"})
        assert await editor.ghost(uri, len(CODE)) is not None


async def test_a_wrong_setting_is_named_and_the_others_stay(
    gateway: FakeGateway, work: Path
) -> None:
    async with editor_in_process() as (editor, server):
        await opened(editor, work)
        editor.tell(
            "workspace/didChangeConfiguration", {"settings": {"understudy": {"eager": "low"}}}
        )
        status = await editor.until(
            "understudy/didChangeStatus", lambda params: "eager" in params["message"]
        )
        assert status["kind"] == "trouble"
        assert server.session.settings.enabled


async def test_a_file_outside_every_folder_is_served_too(
    gateway: FakeGateway, work: Path, tmp_path: Path
) -> None:
    gateway.script = saying("width * height")
    async with editor_in_process() as (editor, _):
        await editor.initialize(work)
        for uri in ((tmp_path / "lone.py").as_uri(), "untitled:Untitled-1"):
            editor.open(uri, CODE)
            assert await editor.ghost(uri, len(CODE), invoked=True) is not None
    assert [asked.path for asked in gateway.asked] == ["lone.py", "untitled"]


async def test_forgetting_reaches_the_gateway(gateway: FakeGateway, work: Path) -> None:
    async with editor_in_process() as (editor, server):
        repository = find_repository(work).id
        server.session.consents.set(repository, Answer.YES)
        await opened(editor, work)
        await until(lambda: any(True for _ in server.session.folders))
        forgotten = await editor.run({"command": "understudy.forget"})
        assert forgotten == {"completions": 1, "events": 2}
        assert server.session.consents.answer(repository) is Answer.UNASKED


@pytest.mark.parametrize("name", [".env", "id_rsa", "generated.py", "private/a.py"])
async def test_nothing_of_an_ignored_file_is_sent_not_even_when_asked(
    gateway: FakeGateway, work: Path, name: str
) -> None:
    gateway.script = saying("width * height")
    (work / ".gitignore").write_text("generated.py\n")
    (work / ".understudyignore").write_text("private/\n")
    async with editor_in_process() as (editor, _):
        await editor.initialize(work)
        uri = file_in(work, name)
        editor.open(uri, CODE)
        assert await editor.ghost(uri, len(CODE), invoked=True) is None
    assert gateway.asked == []
