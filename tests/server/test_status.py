"""`/v1/model`, `/healthz`, `/readyz` and `/metrics`."""

from pathlib import Path

from experience_facts import new_id
from fake_engine import Behaviour
from gateway_under_test import MODEL, UnderTest, asked, gateway_under_test
from prometheus_client.parser import text_string_to_metric_families

from understudy_releases.fingerprint import fingerprint


async def sample(under_test: UnderTest, name: str, **labels: str) -> float | None:
    answer = await under_test.http.get("/metrics")
    assert answer.status_code == 200
    for family in text_string_to_metric_families(answer.text):
        for one in family.samples:
            if one.name == name and one.labels == labels:
                return one.value
    return None


async def test_the_model_is_told_with_its_fingerprint(under_test: UnderTest) -> None:
    assert (await under_test.http.get("/v1/model")).json() == {
        "name": "prompter",
        "fingerprint": fingerprint(MODEL),
        "fim_format": "prompter",
        "context": 2048,
        "ready": True,
        "release": None,
        "outcome": None,
    }


async def test_a_misspelt_repository_of_the_model_is_refused(under_test: UnderTest) -> None:
    http = under_test.http
    named = {"repository": asked()["repository"]}
    assert (await http.get("/v1/model", params=named)).status_code == 200
    assert (await http.get("/v1/model", params={"repository": "../.."})).status_code == 400
    assert (await http.get("/v1/model", params={"repo": named["repository"]})).status_code == 400


async def test_a_smaller_context_of_the_engine_is_heeded(tmp_path: Path) -> None:
    async with gateway_under_test(tmp_path, Behaviour(context=512)) as under_test:
        assert (await under_test.http.get("/v1/model")).json()["context"] == 512
        long = "value = compute(1)\n" * 500
        await under_test.complete(prefix=long, max_tokens=100)
        assert len(under_test.prompt) <= 412
        refused = await under_test.http.post("/v1/completions", json=asked(max_tokens=500))
        assert refused.status_code == 400
        assert "fewer tokens" in refused.json()["remedy"]


async def test_health_is_told_to_anybody(under_test: UnderTest) -> None:
    under_test.http.headers.pop("authorization")
    answer = await under_test.http.get("/healthz", headers={"host": "kubelet"})
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_readiness_is_told(under_test: UnderTest) -> None:
    answer = await under_test.http.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")


async def test_metrics_count_completions_events_and_problems(tmp_path: Path) -> None:
    async with gateway_under_test(tmp_path, Behaviour(pieces=("a", "b"))) as under_test:
        await under_test.complete()
        event = {"type": "rejected", "id": new_id(), "completion": new_id(), "at": 1}
        batch = {"events": [event | {"repository": asked()["repository"]}]}
        assert (await under_test.http.post("/v1/events", json=batch)).status_code == 200
        under_test.engine.state.behaviour = Behaviour(break_at=0)
        answer = await under_test.http.post("/v1/completions", json=asked())
        assert answer.status_code == 503

        assert await sample(under_test, "understudy_completions_total", finish="stop") == 1
        assert (
            await sample(under_test, "understudy_events_total", kind="rejected", source="engine")
            == 1
        )
        code = "engine-unavailable"
        assert await sample(under_test, "understudy_problems_total", code=code) == 1
        assert await sample(under_test, "understudy_completions_in_flight") == 0
        assert await sample(under_test, "understudy_engines_ready") == 1
        stage = "understudy_completion_seconds_count"
        for name in ("admitted", "rendered", "first_text", "total"):
            assert await sample(under_test, stage, stage=name) == 1


async def test_a_refusal_is_counted_by_its_code(under_test: UnderTest) -> None:
    await under_test.http.post("/v1/completions", content=b"{")
    assert await sample(under_test, "understudy_problems_total", code="bad-request") == 1
