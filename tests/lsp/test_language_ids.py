"""Editors do not agree on what a language is called."""

from pathlib import Path

import pytest
from fake_gateway import FakeGateway, saying
from gateway_under_test import until
from lsp_client import editor_in_process

from understudy_lsp.grammars import GRAMMARS
from understudy_lsp.language_ids import language_in
from understudy_protocol.languages import EXTENSIONS


@pytest.mark.parametrize(
    ("named", "language"),
    [
        *(("js", "javascript"), ("tsx", "typescriptreact"), ("c++", "cpp"), ("cs", "csharp")),
        *(("sh", "shellscript"), ("bash", "shellscript"), ("zsh", "shellscript")),
        *(("typescript.tsx", "typescriptreact"), ("Python", "python"), ("C#", "csharp")),
    ],
)
def test_what_an_editor_calls_a_language_is_the_one_of_the_protocol(
    named: str, language: str
) -> None:
    assert language_in("untitled:Untitled-1", named=named) == language
    assert language in GRAMMARS


@pytest.mark.parametrize("language", EXTENSIONS)
def test_the_protocols_own_ids_stay_whatever_the_file_is_called(language: str) -> None:
    assert language_in("file:///shop/a.py", named=language) == language


@pytest.mark.parametrize("named", ["web", "enh-js", ""])
def test_a_name_that_nobody_knows_gives_way_to_the_extension(named: str) -> None:
    assert language_in("file:///shop/a%20b.tsx", named=named) == "typescriptreact"


@pytest.mark.parametrize(
    ("uri", "named"),
    [("a.h", "objective-c"), ("de.ts", "xml"), ("a.py", "plaintext"), ("a.lua", "lua")],
)
def test_a_language_without_a_grammar_is_not_taken_for_another(uri: str, named: str) -> None:
    assert language_in(f"file:///shop/{uri}", named=named) == named


@pytest.mark.parametrize(
    ("named", "language"),
    [("js", "javascript"), ("tsx", "typescriptreact"), ("c++", "cpp"), ("cs", "csharp")],
)
async def test_a_language_is_known_by_the_name_that_eglot_or_neovim_has_for_it(
    gateway: FakeGateway, work: Path, named: str, language: str
) -> None:
    gateway.script = saying("width * height")
    uri = (work / "shapes").as_uri()
    async with editor_in_process() as (editor, server):
        await editor.initialize(work, options={"languages": {"*": False, language: True}})
        editor.open(uri, "area = ", named)
        assert await editor.ghost(uri, 7, invoked=True) is not None
        outlook = server.session.preparation.last
        assert outlook is not None
        assert outlook.tree is not None
    assert gateway.asked[0].language == language


async def test_an_editor_that_names_no_language_is_believed_by_the_extension(work: Path) -> None:
    uri = (work / "shapes.py").as_uri()
    async with editor_in_process() as (editor, server):
        await editor.initialize(work)
        document = {"uri": uri, "languageId": None, "version": 1, "text": ""}
        editor.tell("textDocument/didOpen", {"textDocument": document})
        await until(lambda: uri in server.session.documents)
        assert server.session.documents[uri].language == "python"
