"""`understudy forget`, with a small gateway of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from experience_facts import FLASK, an_accepted

from understudy_lsp.commands.forget import forget
from understudy_lsp.consent import Answer, Consents
from understudy_lsp.experience.fact import encode
from understudy_lsp.experience.spool_folder import SpoolFolder
from understudy_lsp.journal import Journal, Opportunity, read_journal
from understudy_lsp.repository import find_repository
from understudy_protocol.errors import EngineUnavailable
from understudy_protocol.experience import Forgotten


@contextmanager
def a_gateway(state: Path) -> Iterator[list[str]]:
    """Leaves its address where the command looks, and tells what was asked of it."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_DELETE(self) -> None:
            asked.append(f"{self.path} {self.headers['Authorization']}")
            body = msgspec.json.encode(Forgotten(completions=3, events=4, releases=1))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        (state / "address").write_text(f"http://127.0.0.1:{server.server_port}")
        (state / "token").write_text("secret")
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield asked
        server.shutdown()
        serving.join()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNDERSTUDY_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "state" / "lsp").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    return tmp_path / "state"


def remember(state: Path, work: Path) -> None:
    """Of the repository at `work` and of another: an answer, an event and an explanation."""
    mine = find_repository(work).id
    consents = Consents(state / "lsp" / "consent.json")
    spool = SpoolFolder(state / "lsp" / "spool")
    journal = Journal(state / "lsp" / "journal.json")
    for repository in (mine, FLASK):
        consents.set(repository, Answer.YES)
        spool.write([encode(an_accepted(repository=repository))])
        journal.add(Opportunity(repository=repository, path=repository, line=1, before="", at=1))
    spool.close()
    journal.save(journal.encoded() or b"")


def remembered(state: Path) -> tuple[bytes, list[str], bytes]:
    spool = b"".join(file.read_bytes() for file in (state / "lsp" / "spool").iterdir())
    journal = [entry.repository for entry in read_journal(state / "lsp" / "journal.json")]
    return spool, journal, (state / "lsp" / "consent.json").read_bytes()


def test_what_one_repository_left_is_gone_here_and_at_the_gateway(
    state: Path, tmp_path: Path
) -> None:
    remember(state, tmp_path / "work")
    mine = find_repository(tmp_path / "work").id
    with a_gateway(state) as asked:
        done = CliRunner().invoke(forget, [str(tmp_path / "work")], input="y\n")
    assert done.exit_code == 0, done.output
    assert asked == [f"/v1/repositories/{mine} Bearer secret"]
    assert mine in done.output
    assert "3 completions, 4 events, 1 releases" in done.output
    spool, journal, consent = remembered(state)
    assert mine.encode() not in spool + consent
    assert FLASK.encode() in spool
    assert FLASK.encode() in consent
    assert journal == [FLASK]


def test_nothing_is_forgotten_unless_the_answer_is_yes(state: Path, tmp_path: Path) -> None:
    remember(state, tmp_path / "work")
    before = remembered(state)
    with a_gateway(state) as asked:
        done = CliRunner().invoke(forget, [str(tmp_path / "work")], input="\n")
    assert done.exit_code == 1
    assert (asked, remembered(state)) == ([], before)


def test_a_gateway_that_is_away_is_told_and_what_is_here_goes(state: Path, tmp_path: Path) -> None:
    remember(state, tmp_path / "work")
    done = CliRunner().invoke(forget, [str(tmp_path / "work"), "--yes"])
    assert isinstance(done.exception, EngineUnavailable)
    assert "understudy serve" in done.exception.remedy
    assert remembered(state)[1] == [FLASK]
