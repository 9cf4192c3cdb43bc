"""A release of the embedded model, from its directory to what the gateway says of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from experience_facts import CLICK, FLASK
from gateway_under_test import UnderTest, asked, ended, until
from lessons_learned import lesson
from outcome_models import HIDING_ALL

from understudy_protocol.completion import CompletionList, LessonTold, Model
from understudy_protocol.lesson import LESSONS_FILE, encode_lessons
from understudy_protocol.outcome import OUTCOME_FILE, encode_outcome
from understudy_protocol.release import ADAPTER_FOLDER, DataCut, ReleaseManifest, ReleaseVersion
from understudy_releases.paths import embedded_model
from understudy_releases.promotions import promote, roll_back
from understudy_releases.publication import publish
from understudy_server.bench.random_adapter import write_adapter
from understudy_server.gateway import Gateway
from understudy_trainer.lessons.lesson_book import forget, learn, restore


def released(
    gateway: Gateway, *, lessons: bytes | None = None, outcome: bytes | None = None
) -> ReleaseVersion:
    """Made and promoted; `lessons` and `outcome` are what its files of them hold."""
    manifest = ReleaseManifest(
        repository=CLICK,
        created_at=0,
        base_model=gateway.model.name,
        base_fingerprint=gateway.model.fingerprint,
        fim_format=gateway.format.name,
        data_cut=DataCut(commit=None, cursor=0),
        files={},
    )
    releases_dir = gateway.config.releases_dir
    with TemporaryDirectory() as folder:
        write_adapter(embedded_model(), Path(folder) / ADAPTER_FOLDER, seed=0)
        if lessons is not None:
            (Path(folder) / LESSONS_FILE).write_bytes(lessons)
        if outcome is not None:
            (Path(folder) / OUTCOME_FILE).write_bytes(outcome)
        version = publish(releases_dir, Path(folder), manifest=manifest)
    promote(releases_dir, CLICK, version, reason="")
    return version


async def test_a_promoted_release_answers_scores_and_is_told(under_test: UnderTest) -> None:
    gateway, http = under_test.gateway, under_test.http
    version = released(gateway)
    await until(lambda: gateway.serving.current(CLICK).release == version)

    assert ended(await under_test.complete()).release == version
    body = {name: asked()[name] for name in ("repository", "path", "prefix", "suffix")}
    scores = await http.post("/v1/scores", json=body | {"candidates": ["x"]})
    assert scores.json()["release"] == version
    told = await http.get("/v1/model", params={"repository": CLICK})
    assert told.json()["release"] == version
    assert (await http.get("/v1/model")).json()["release"] is None


async def test_an_engine_that_refuses_the_release_after_a_restart_answers_without_it(
    under_test: UnderTest,
) -> None:
    gateway, state = under_test.gateway, under_test.engine.state
    version = released(gateway)
    await until(lambda: gateway.serving.current(CLICK).release == version)

    well = state.behaviour
    state.behaviour = msgspec.structs.replace(well, start_delay_s=3600)
    await until(lambda: not gateway.engines.ready)
    adapter = gateway.config.releases_dir / CLICK / version / ADAPTER_FOLDER
    adapter.rename(adapter.with_name("gone"))
    state.adapters.clear()
    state.behaviour = well
    await until(lambda: gateway.engines.ready)

    assert ended(await under_test.complete()).release is None
    await until(lambda: gateway.serving.status()[0].rejected is not None)
    [status] = gateway.serving.status()
    assert (status.promoted, status.serving) == (version, None)


async def test_lessons_of_the_release_are_in_prompts_of_its_repository_until_it_is_rolled_back(
    under_test: UnderTest,
) -> None:
    gateway = under_test.gateway
    place = {"prefix": "def main():\n    return get(", "suffix": ")\n", "remember": True}
    version = released(gateway, lessons=encode_lessons([lesson()]))
    await until(lambda: gateway.serving.current(CLICK).release == version)

    end = ended(await under_test.complete(**place))
    assert end.release == version
    assert end.lessons == (LessonTold(lesson().id, lesson().heuristic),)
    assert lesson().heuristic in said(under_test)
    kept = await under_test.http.get("/v1/completions", params={"ids": end.id})
    [completion] = msgspec.json.decode(kept.content, type=CompletionList).completions
    assert [each.text for each in completion.snippets] == [f"# {lesson().heuristic}\n"]

    assert ended(await under_test.complete(**place, repository=FLASK)).lessons == ()
    assert lesson().heuristic not in said(under_test)
    elsewhere = place | {"path": "a.go", "language": "go"}
    assert ended(await under_test.complete(**elsewhere)).lessons == ()
    assert ended(await under_test.complete()).lessons == ()

    roll_back(gateway.config.releases_dir, CLICK, reason="")
    await until(lambda: gateway.serving.current(CLICK).release is None)
    assert ended(await under_test.complete(**place)).lessons == ()
    assert lesson().heuristic not in said(under_test)
    promote(gateway.config.releases_dir, CLICK, version, reason="")
    await until(lambda: gateway.serving.current(CLICK).release == version)
    assert len(ended(await under_test.complete(**place)).lessons) == 1


async def test_a_lesson_that_is_deleted_is_in_no_prompt_any_more_also_after_a_rollback(
    under_test: UnderTest,
) -> None:
    gateway = under_test.gateway
    home = gateway.config.state_dir / "nights" / CLICK
    place = {"prefix": "def main():\n    return get(", "suffix": ")\n"}
    learn(home, [lesson(), lesson("verify")])
    older = released(gateway, lessons=encode_lessons([lesson()]))
    await until(lambda: gateway.serving.current(CLICK).release == older)
    newer = released(gateway, lessons=encode_lessons([lesson(), lesson("verify")]))
    await until(lambda: gateway.serving.current(CLICK).release == newer)
    assert len(ended(await under_test.complete(**place)).lessons) == 2

    forget(home, lesson().id)
    told = ended(await under_test.complete(**place)).lessons
    assert [each.id for each in told] == [lesson("verify").id]
    assert lesson().heuristic not in said(under_test)
    body = {name: asked(**place)[name] for name in ("repository", "path", "prefix", "suffix")}
    await under_test.http.post("/v1/scores", json=body | {"candidates": ["x"]})
    [scored] = under_test.engine.state.bodies[-1]["prompt"]
    assert lesson().heuristic not in gateway.tokenizer.decode(scored)

    roll_back(gateway.config.releases_dir, CLICK, reason="")
    await until(lambda: gateway.serving.current(CLICK).release == older)
    assert ended(await under_test.complete(**place)).lessons == ()
    assert lesson().heuristic not in said(under_test)

    restore(home, lesson().id)
    assert len(ended(await under_test.complete(**place)).lessons) == 1


async def test_the_next_release_brings_its_own_lessons(under_test: UnderTest) -> None:
    gateway = under_test.gateway
    place = {"prefix": "def main():\n    return get(", "suffix": ")\n"}
    for known in ([lesson(), lesson("verify")], [lesson("verify")], []):
        version = released(gateway, lessons=encode_lessons(known))
        await until(lambda: gateway.serving.current(CLICK).release == version)  # noqa: B023
        end = ended(await under_test.complete(**place))
        assert {each.id for each in end.lessons} == {each.id for each in known}


async def test_scores_are_of_the_prompt_that_a_completion_has_lessons_included(
    under_test: UnderTest,
) -> None:
    gateway = under_test.gateway
    version = released(gateway, lessons=encode_lessons([lesson()]))
    await until(lambda: gateway.serving.current(CLICK).release == version)
    place = {"prefix": "def main():\n    return get(", "suffix": ")\n"}
    await under_test.complete(**place)
    prompt = under_test.prompt
    body = {name: asked(**place)[name] for name in ("repository", "path", "prefix", "suffix")}
    await under_test.http.post("/v1/scores", json=body | {"candidates": ["x"]})
    [scored] = under_test.engine.state.bodies[-1]["prompt"]
    assert scored[: len(prompt)] == prompt


async def test_a_release_with_damaged_lessons_is_served_without(
    under_test: UnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = under_test.gateway
    version = released(gateway, lessons=encode_lessons([lesson()])[:-20])
    await until(lambda: gateway.serving.current(CLICK).release == version)
    end = ended(await under_test.complete(prefix="x = get(", suffix=")\n"))
    assert (end.release, end.lessons) == (version, ())
    assert LESSONS_FILE in caplog.text


async def test_the_outcome_model_of_a_release_is_told_as_long_as_that_answers(
    under_test: UnderTest,
) -> None:
    gateway = under_test.gateway

    async def told(**asked: str) -> Model:
        answer = await under_test.http.get("/v1/model", params=asked)
        return msgspec.json.decode(answer.content, type=Model)

    assert (await told(repository=CLICK)).outcome is None
    version = released(gateway, outcome=encode_outcome(HIDING_ALL))
    await until(lambda: gateway.serving.current(CLICK).release == version)
    assert (await told(repository=CLICK)).outcome == HIDING_ALL
    assert (await told()).outcome is None
    assert (await told(repository=FLASK)).outcome is None
    roll_back(gateway.config.releases_dir, CLICK, reason="")
    await until(lambda: gateway.serving.current(CLICK).release is None)
    assert (await told(repository=CLICK)).outcome is None


def said(under_test: UnderTest) -> str:
    """The latest prompt, as text."""
    return under_test.gateway.tokenizer.decode(under_test.prompt)
