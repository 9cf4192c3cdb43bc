"""Mistakes of ours: they end in the log, without anybody's code, and nowhere else."""

import logging
from pathlib import Path

import pytest
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import GHOST_TEXT, editor_in_process
from workplace import CODE, opened, status

from understudy_lsp.fault import report
from understudy_lsp.folders import path_of


def test_a_report_says_what_and_where_and_nothing_that_is_private(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        path_of({"secret": "in here"})  # pyright: ignore[reportArgumentType]
    except TypeError as error:
        report("it failed", error)
    try:
        raise ValueError("secret")
    except ValueError as error:
        report("it failed", error)
    first, second = caplog.messages
    assert first.startswith("it failed: TypeError")
    assert second == "it failed: ValueError"
    assert "secret" not in caplog.text


async def test_a_mistake_anywhere_ends_in_the_log_and_in_no_popup(
    gateway: FakeGateway, work: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> None:
        raise ValueError("secret")

    def stumbles(*_: object, **__: object) -> None:
        raise ValueError("secret")

    gateway.script = saying("width * height")
    caplog.set_level(logging.WARNING, "understudy_lsp")
    async with editor_in_process() as (editor, server):
        server.feature("test/notified")(stumbles)
        server.feature("test/asked")(stumbles)
        uri = await opened(editor, work)
        server.session.spawn(fails())
        editor.tell("test/notified", {})
        with pytest.raises(RuntimeError, match="Something is wrong inside"):
            await editor.ask("test/asked", {})
        assert await editor.ghost(uri, len(CODE), invoked=True) is not None
        assert not any(method.startswith("window/") for method, _ in editor.told)
    ours = [each for each in caplog.records if each.name.startswith("understudy_lsp")]
    assert {each.getMessage() for each in ours} == {
        "a notification was not dealt with: ValueError",
        "a request failed: ValueError",
        "a task in the background failed: ValueError",
    }
    assert not any("secret" in each.getMessage() or each.exc_info for each in ours)


@pytest.mark.parametrize("answer", [7, {"a": 1}, [7], ["x"], [[]], [], None])
async def test_an_editor_that_answers_rubbish_is_served_all_the_same(
    gateway: FakeGateway, work: Path, answer: object
) -> None:
    gateway.script = saying("width * height")
    capabilities = GHOST_TEXT | {
        "workspace": {
            "configuration": True,
            "didChangeWatchedFiles": {"dynamicRegistration": True},
        }
    }
    async with editor_in_process() as (editor, _):
        for method in ("workspace/configuration", "client/registerCapability"):
            editor.answers[method] = lambda _: answer
        editor.answers["window/showMessageRequest"] = lambda _: answer
        await editor.initialize(work, capabilities=capabilities)
        uri = (work / "shapes.py").as_uri()
        editor.open(uri, CODE)
        assert await editor.ghost(uri, len(CODE), invoked=True) is not None
        await until(lambda: status(editor)["kind"] not in ("", "trouble"))


@pytest.mark.parametrize("agreed", ["no", "false", 1, [1], {"agreed": True}, None])
async def test_only_yes_is_an_agreement(gateway: FakeGateway, work: Path, agreed: object) -> None:
    async with editor_in_process() as (editor, server):
        await opened(editor, work)
        await until(lambda: any(True for _ in server.session.folders))
        await editor.run({"command": "understudy.consent", "arguments": [agreed]})
        (folder,) = server.session.folders
        assert not server.session.remembers(folder.repository)
        await editor.run({"command": "understudy.consent", "arguments": [True]})
        assert server.session.remembers(folder.repository)
