"""The real language server and the real gateway; only the engine is a fake."""

import asyncio
from pathlib import Path

import httpx
from fake_engine import Behaviour
from gateway_under_test import gateway_under_test
from git_histories import git, history

from understudy_server.people import local_token
from understudy_trainer.night.identity import identity
from understudy_trainer.night.through_editor import ThroughEditor, workspace_at
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.worlds import open_world

HOLE = Hole(
    world="shop",
    kind="return_value",
    path="a.py",
    language="python",
    prefix="def area(width, height):\n    return first_side(",
    middle="width) * second_side(height)",
    suffix="\n",
)


def shop(folder: Path) -> tuple[Path, str]:
    """A repository whose newest commit has the hole, and the commit before that."""
    newest = HOLE.prefix + HOLE.middle + HOLE.suffix
    _, before, _ = history(folder, {"a.py": "x = 1\n"}, {"b.py": "y = 2\n"}, {"a.py": newest})
    return folder, before


async def test_what_the_model_writes_is_shown_and_nothing_of_it_is_remembered(
    tmp_path: Path,
) -> None:
    folder, before = shop(tmp_path / "shop")
    workspace = workspace_at(open_world(folder), before, identity(folder), tmp_path / "scratch")
    assert workspace is not None
    async with gateway_under_test(tmp_path, Behaviour(pieces=(HOLE.middle, "\n"))) as gateway:
        with httpx.Client(
            base_url=gateway.http.base_url,
            headers={"Authorization": f"Bearer {local_token(tmp_path / 'state')}"},
        ) as client:
            editor = ThroughEditor(client, workspace, [HOLE], seconds=60)
            assert await asyncio.to_thread(editor.ask) == {HOLE.id: HOLE.middle}
            assert await asyncio.to_thread(editor.ask) == {HOLE.id: HOLE.middle}
        events = (await gateway.http.get("/v1/events")).json()["events"]
    assert not events


def test_a_gateway_that_went_away_costs_the_answers_and_not_the_night(tmp_path: Path) -> None:
    folder, before = shop(tmp_path / "shop")
    workspace = workspace_at(open_world(folder), before, identity(folder), tmp_path / "scratch")
    assert workspace is not None
    with httpx.Client(
        base_url="http://127.0.0.1:1", headers={"Authorization": "Bearer x"}
    ) as client:
        assert ThroughEditor(client, workspace, [HOLE], seconds=-25).ask() == {}


def test_the_workspace_is_the_repository_before_the_lines(tmp_path: Path) -> None:
    folder, before = shop(tmp_path / "shop")
    git(folder, "remote", "add", "origin", "https://example.com/shop.git")
    workspace = workspace_at(open_world(folder), before, identity(folder), tmp_path / "scratch")
    assert workspace is not None
    assert identity(workspace) == identity(folder)
    assert (workspace / "a.py").read_text() == "x = 1\n"


def test_a_shallow_clone_without_a_remote_is_left_out(tmp_path: Path) -> None:
    folder, _ = shop(tmp_path / "shop")
    shallow = tmp_path / "shallow" / "shop"
    git(tmp_path, "clone", "-q", "--depth", "2", folder.as_uri(), str(shallow))
    git(shallow, "remote", "remove", "origin")
    head = git(shallow, "rev-parse", "HEAD")
    assert workspace_at(open_world(shallow), head, identity(shallow), tmp_path / "s") is None
