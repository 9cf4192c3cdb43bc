"""A backtest with the real language server and the real gateway; only the engine is a fake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from borrowed_releases import release_of
from fake_engine import Behaviour
from gateway_under_test import gateway_under_test
from git_histories import history

from understudy_protocol.errors import ConfigError, NotFound
from understudy_server.people import local_token
from understudy_trainer.backtest.arm import Arm, arms_named
from understudy_trainer.backtest.play import player, unassisted
from understudy_trainer.backtest.run import HUNKS_FILE, Watcher, run
from understudy_trainer.backtest.tally import Backtest, HunkTally
from understudy_trainer.backtest.walk import Work, work_of
from understudy_typist.gateway_process import GatewayProcess

START = "def area(width, height):\n    return width * height\n"
ADDED = START + "\n\ndef volume(width, height, depth):\n    return width * height * depth\n"
LATER = ADDED + "\n\ntotal = volume(1, 2, 3) + area(2, 1)\n"
NOBODY_WATCHES = Watcher(doing=lambda text: None, done=lambda done, total: None)


def worked(folder: Path, *texts: str) -> Work:
    history(folder, {"a.py": START}, *({"a.py": text} for text in texts))
    return work_of(folder, since=None, hunks=100, nights=1, seed=0)


@asynccontextmanager
async def typing(folder: Path, behaviour: Behaviour) -> AsyncIterator[GatewayProcess]:
    async with gateway_under_test(folder, behaviour) as under_test:
        state = folder / "state"
        gateway = GatewayProcess(str(under_test.http.base_url), local_token(state), state=state)
        yield gateway
        await gateway.aclose()


async def play(folder: Path, work: Work, gateway: GatewayProcess, *, arm: str) -> list[HunkTally]:
    [_, chosen] = arms_named(arm)
    async with player(
        chosen, folder / "repository", place=folder, gateway=gateway, seed=0
    ) as playing:
        return [tally for step in work.steps for tally in await playing.play(step)]


async def test_what_was_written_is_taken_from_elsewhere_and_is_kept(tmp_path: Path) -> None:
    """The text is in another file already, so it is copied."""
    other = {"b.py": ADDED.replace("area", "surface")}
    history(tmp_path / "repository", {"a.py": START, **other}, {"a.py": ADDED})
    work = work_of(tmp_path / "repository", since=None, hunks=9, nights=0, seed=0)
    async with typing(tmp_path, Behaviour(pieces=("zzz", "\n"))) as gateway:
        [tally] = await play(tmp_path, work, gateway, arm="copy")
    taken = sum(sight.taken for sight in tally.sights)
    assert taken > 10
    assert tally.kept == taken
    assert tally.keys < tally.keys_alone
    assert tally.calls == 0
    assert {sight.source for sight in tally.sights} == {"copy"}


async def test_what_is_wrong_is_never_taken(tmp_path: Path) -> None:
    work = worked(tmp_path / "repository", ADDED)
    async with typing(tmp_path, Behaviour(pieces=("zzz", "()\n"))) as gateway:
        [tally] = await play(tmp_path, work, gateway, arm="base")
    assert tally.sights
    assert not any(sight.taken for sight in tally.sights)
    assert tally.keys == tally.keys_alone
    assert tally.calls > 0
    assert tally.prompt_tokens > tally.calls


async def test_nothing_of_a_later_commit_is_in_any_prompt(tmp_path: Path) -> None:
    secret = "unheard_of_before"
    later = ADDED + f"\n\ndef {secret}():\n    return volume(1, 2, 3)\n"
    work = worked(tmp_path / "repository", ADDED, later)
    async with gateway_under_test(tmp_path, Behaviour(pieces=("x",))) as under_test:
        state = tmp_path / "state"
        gateway = GatewayProcess(str(under_test.http.base_url), local_token(state), state=state)
        decode = under_test.gateway.tokenizer.decode
        [_, arm] = arms_named("understudy")
        async with player(
            arm, tmp_path / "repository", place=tmp_path, gateway=gateway, seed=0
        ) as playing:
            await playing.play(work.steps[0])
            before = [decode(body["prompt"]) for body in list(under_test.engine.state.bodies)]
            await playing.play(work.steps[1])
            after = [decode(body["prompt"]) for body in list(under_test.engine.state.bodies)]
        await gateway.aclose()
    assert not any(secret in prompt for prompt in before)
    assert any(secret in prompt for prompt in after)


def test_alone_every_key_is_pressed(tmp_path: Path) -> None:
    [step] = worked(tmp_path, ADDED).steps
    [tally] = unassisted(Arm("none", "", None), step, seed=0)
    assert tally.keys == tally.keys_alone > 0
    assert tally.seconds > 0.1 * tally.keys


async def whole(work: Work, folder: Path, *, resume: bool = False, seed: int = 0) -> Backtest:
    """Of nothing but the arm that needs no engine."""
    return await run(
        work,
        arms_named("none"),
        out=folder / "out",
        seed=seed,
        options={},
        resume=resume,
        serve=(),
        watcher=NOBODY_WATCHES,
    )


async def test_a_run_goes_on_where_a_kill_left_it(tmp_path: Path) -> None:
    work = worked(
        tmp_path / "repository", ADDED, ADDED + "\n\ntotal = volume(1, 2, 3) + area(2, 1)\n"
    )
    complete = await whole(work, tmp_path)
    path = tmp_path / "out" / HUNKS_FILE
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second[:20])
    again = await whole(work, tmp_path, resume=True)
    assert again.tallies == complete.tallies
    assert path.read_bytes() == first + second


async def test_results_are_not_overwritten_unasked(tmp_path: Path) -> None:
    work = worked(tmp_path / "repository", ADDED)
    await whole(work, tmp_path)
    with pytest.raises(ConfigError, match="There are results in"):
        await whole(work, tmp_path)


async def test_results_of_a_history_that_was_rewritten_are_not_gone_on_with(
    tmp_path: Path,
) -> None:
    work = worked(tmp_path / "repository", ADDED)
    await whole(work, tmp_path)
    walk = msgspec.structs.replace(work.walk, last="0" * 40)
    rewritten = msgspec.structs.replace(work, walk=walk)
    with pytest.raises(ConfigError, match="other commits, arms or settings"):
        await whole(rewritten, tmp_path, resume=True)
    with pytest.raises(ConfigError, match="other commits, arms or settings"):
        await whole(work, tmp_path, resume=True, seed=1)


async def test_a_run_that_is_cancelled_keeps_what_it_has(tmp_path: Path) -> None:
    work = worked(
        tmp_path / "repository", ADDED, ADDED + "\n\ntotal = volume(1, 2, 3) + area(2, 1)\n"
    )
    ended: list[asyncio.Task[Backtest]] = []

    def stop(done: int, total: int) -> None:
        if done:
            ended[0].cancel()

    task = asyncio.create_task(
        run(
            work,
            arms_named("none"),
            out=tmp_path / "out",
            seed=0,
            options={},
            resume=False,
            serve=(),
            watcher=Watcher(doing=lambda text: None, done=stop),
        )
    )
    ended.append(task)
    found = await task
    assert (len(found.tallies), found.complete) == (1, False)


def test_an_arm_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no arm 'bas'"):
        arms_named("bas")
    with pytest.raises(NotFound, match="no release '3f9a'"):
        arms_named("base,release:3f9a", tmp_path)


def test_releases_are_arms_by_their_whole_version(tmp_path: Path) -> None:
    version = release_of(tmp_path)
    arms = arms_named(f"base,release:{version[:5]},release:{version[:6]}+snippets", tmp_path)
    names = ["none", "base", f"release:{version}", f"release:{version}+snippets"]
    assert [arm.name for arm in arms] == names
    assert [arm.sources for arm in arms[2:]] == [{}, {"copies": False}]


async def test_a_release_answers_in_its_arm_only_and_sees_what_the_base_model_sees(
    tmp_path: Path,
) -> None:
    """With snippets and without copies, so that the two are asked the same."""
    work = worked(tmp_path / "repository", ADDED)
    name = f"release:{release_of(tmp_path / 'own')}+snippets"
    _, *arms = arms_named(f"base+snippets,{name}", tmp_path / "own")
    prompts: dict[str | None, set[tuple[int, ...]]] = {}
    async with gateway_under_test(tmp_path, Behaviour(pieces=("zzz", "()\n"))) as under_test:
        state = tmp_path / "state"
        gateway = GatewayProcess(str(under_test.http.base_url), local_token(state), state=state)
        bodies = under_test.engine.state.bodies
        for arm in arms:
            async with player(
                arm, tmp_path / "repository", place=tmp_path, gateway=gateway, seed=0
            ) as playing:
                bodies.clear()
                [tally] = await playing.play(work.steps[0])
                assert tally.arm == arm.name
            [answered] = {body["model"] for body in bodies}
            prompts[answered] = {tuple(body["prompt"]) for body in bodies}
        await gateway.aclose()
    of_base = prompts.pop(None)
    [(adapter, of_release)] = prompts.items()
    assert str(adapter).startswith("repository-")
    assert of_base & of_release
