"""`/v1/events` and `/v1/repositories` over HTTP; the store itself is tested in test_store.py."""

from typing import Any

from experience_facts import CLICK, FLASK, new_id
from gateway_under_test import UnderTest, ended

from understudy_protocol.events import EventsStored
from understudy_releases.clones import clone_home, note_owner
from understudy_server.metrics import MOST_DETAILS
from understudy_server.people import add_person


def an_event(**changes: object) -> dict[str, Any]:
    event = {"type": "accepted", "id": new_id(), "completion": new_id(), "at": 5, "length": 3}
    event |= {"repository": CLICK, "source": "engine", "reuse": "none"}
    return event | changes


def a_copied(**changes: object) -> dict[str, Any]:
    copied = {"type": "copied", "id": new_id(), "repository": CLICK, "path": "src/click/core.py"}
    copied |= {"language": "python", "prefix": "def main():\n    ", "suffix": "\n"}
    return copied | {"text": "return 0", "mode": "line", "confidence": 0.75} | changes


async def report(under_test: UnderTest, *events: dict[str, Any]) -> EventsStored:
    answer = await under_test.http.post("/v1/events", json={"events": events})
    assert answer.status_code == 200, answer.text
    return EventsStored(**answer.json())


async def page(under_test: UnderTest, **query: object) -> tuple[list[dict[str, Any]], int]:
    """The events of a page, and the cursor of the next."""
    answer = await under_test.http.get("/v1/events", params={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return [stored["event"] for stored in body["events"]], body["next_cursor"]


async def test_a_batch_is_stored_once_however_often_it_is_sent(under_test: UnderTest) -> None:
    batch = [an_event() for _ in range(3)]
    assert await report(under_test, *batch) == EventsStored(stored=3, known=0)
    assert await report(under_test, *batch, an_event()) == EventsStored(stored=1, known=3)
    events, _ = await page(under_test)
    assert [event["id"] for event in events][:3] == [event["id"] for event in batch]
    assert len(events) == 4


async def test_every_kind_of_event_comes_back_as_it_was_sent(under_test: UnderTest) -> None:
    sent = [
        an_event(),
        an_event(type="partially_accepted", length=2, source="copy", reuse="typed"),
        _without_length(type="shown", dwell_ms=800, features={"odds": 1.5}, propensity=0.05),
        _without_length(type="rejected"),
        _without_length(type="ignored", typed="x"),
        _without_length(type="discarded", reason="filter", detail="repetition"),
        an_event(type="kept", horizon="30s", accepted_length=4),
        _without_length(type="replaced", text="y = 1"),
    ]
    await report(under_test, *sent)
    assert (await page(under_test))[0] == sent


async def test_the_clients_clock_does_not_change_the_order_of_arrival(
    under_test: UnderTest,
) -> None:
    first, second, third = (an_event(at=at) for at in (2_000_000_000_000, 5, 1_999_999_999_999))
    await report(under_test, first)
    await report(under_test, second, third)
    assert [event["at"] for event in (await page(under_test))[0]] == [
        2_000_000_000_000,
        5,
        1_999_999_999_999,
    ]


async def test_pages_follow_each_other_without_gap_or_repetition(under_test: UnderTest) -> None:
    sent = [an_event() for _ in range(7)]
    await report(under_test, *sent)
    read: list[dict[str, Any]] = []
    events, cursor = await page(under_test, limit=3)
    while events:
        assert len(events) <= 3
        read += events
        events, cursor = await page(under_test, limit=3, after=cursor)
    assert read == sent
    assert await page(under_test, after=cursor) == ([], cursor)


async def test_one_repository_can_be_read_alone(under_test: UnderTest) -> None:
    await report(under_test, an_event(), an_event(repository=FLASK), an_event())
    events, _ = await page(under_test, repository=FLASK)
    assert [event["repository"] for event in events] == [FLASK]


async def test_a_wrong_event_takes_its_batch_with_it(under_test: UnderTest) -> None:
    for wrong in (
        {"type": "liked"},
        {"id": "1"},
        {"at": -1},
        {"length": -1},
        {"length": 1.5},
        {"repository": "x"},
        {"mood": "good"},
    ):
        events = [an_event(), an_event(**wrong)]
        answer = await under_test.http.post("/v1/events", json={"events": events})
        assert answer.status_code == 400, wrong
        assert "$.events[1]" in answer.json()["problem"]
    assert await page(under_test) == ([], 0)


async def test_a_batch_of_more_than_a_thousand_is_refused(under_test: UnderTest) -> None:
    events = [an_event() for _ in range(1001)]
    answer = await under_test.http.post("/v1/events", json={"events": events})
    assert answer.status_code == 400
    assert "1000" in answer.json()["problem"]


async def test_a_copied_completion_is_stored_once_with_the_events_about_it(
    under_test: UnderTest,
) -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    copied = a_copied(text=f'return "{key}"')
    event = an_event(completion=copied["id"], source="copy")
    batch = {"events": [event], "completions": [copied]}
    for stored in (1, 0):
        answer = await under_test.http.post("/v1/events", json=batch)
        assert answer.json() == {"stored": stored, "known": 1 - stored}
    [kept] = await under_test.gateway.store.completions(ids=[copied["id"]])
    assert (kept.model, kept.confidence, kept.person) == ("copy", 0.75, None)
    assert kept.prefix == copied["prefix"]
    assert key not in kept.text
    counted = (await under_test.http.get("/metrics")).text
    assert 'understudy_events_total{kind="accepted",source="copy"} 2.0' in counted
    assert "understudy_copied_completions_total 2.0" in counted


async def test_what_was_typed_is_examined_after_the_copied_text_it_came_with(
    under_test: UnderTest,
) -> None:
    copied = a_copied(prefix='password = "', text="")
    event = _without_length(type="ignored", typed='correct-horse-9"', completion=copied["id"])
    batch = {"events": [event], "completions": [copied]}
    assert (await under_test.http.post("/v1/events", json=batch)).status_code == 200
    [stored], _ = await page(under_test)
    assert stored["typed"] == '[redacted:Secret Keyword]"'


async def test_a_wrong_copied_completion_takes_its_batch_with_it(under_test: UnderTest) -> None:
    for wrong in ({"confidence": 2}, {"prefix": "x" * 4001}, {"person": "eve"}, {"model": "gpt"}):
        batch = {"events": [an_event()], "completions": [a_copied(**wrong)]}
        answer = await under_test.http.post("/v1/events", json=batch)
        assert answer.status_code == 400, wrong
    assert await page(under_test) == ([], 0)


async def test_a_token_for_one_repository_brings_no_copy_of_another(under_test: UnderTest) -> None:
    token = add_person(under_test.gateway.config.state_dir, "alice", [CLICK])
    headers = {"Authorization": f"Bearer {token}"}
    for repository, status in ((CLICK, 200), (FLASK, 403)):
        batch = {"events": [], "completions": [a_copied(repository=repository)]}
        answer = await under_test.http.post("/v1/events", json=batch, headers=headers)
        assert answer.status_code == status, answer.text
    kept = [each.id for each in await under_test.gateway.store.repositories()]
    assert kept == [CLICK]


async def test_repositories_are_listed_with_what_is_known_of_them(under_test: UnderTest) -> None:
    await report(under_test, an_event(), an_event(), an_event(repository=FLASK))
    await under_test.complete(remember=True)
    listed = (await under_test.http.get("/v1/repositories")).json()["repositories"]
    counts = {one["id"]: (one["completions"], one["events"]) for one in listed}
    assert counts == {CLICK: (1, 2), FLASK: (0, 1)}


async def test_forgetting_takes_completions_events_and_releases_and_nothing_of_others(
    under_test: UnderTest,
) -> None:
    end = ended(await under_test.complete(remember=True))
    await report(under_test, an_event(), an_event(), an_event(repository=FLASK))
    releases = under_test.gateway.config.releases_dir / CLICK
    release = releases / ("0" * 16)
    release.mkdir(parents=True)
    (release / "manifest.json").write_text("{}")
    nights = under_test.gateway.config.state_dir / "nights"
    for repository in (CLICK, FLASK):
        (nights / repository).mkdir(parents=True)
    state = under_test.gateway.config.state_dir
    clones = [clone_home(state, f"https://host/{each}") for each in (CLICK, FLASK)]
    for clone, repository in zip(clones, (CLICK, FLASK), strict=True):
        clone.mkdir(parents=True)
        note_owner(clone, repository)

    answer = await under_test.http.delete(f"/v1/repositories/{CLICK}")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["completions"], answer.json()["events"]) == (1, 2)
    assert not releases.exists()
    assert [folder.name for folder in nights.iterdir()] == [FLASK]
    assert [clone.is_dir() for clone in clones] == [False, True]
    assert await under_test.gateway.store.completions(ids=[end.id]) == []
    events, _ = await page(under_test)
    assert [event["repository"] for event in events] == [FLASK]
    again = await under_test.http.delete(f"/v1/repositories/{CLICK}")
    assert (again.status_code, again.json()["code"]) == (404, "not-found")


async def test_forgetting_what_nobody_knows_is_told(under_test: UnderTest) -> None:
    answer = await under_test.http.delete(f"/v1/repositories/{FLASK}")
    assert answer.status_code == 404
    assert FLASK in answer.json()["problem"]
    assert "/v1/repositories" in answer.json()["remedy"]


def _without_length(**changes: object) -> dict[str, Any]:
    event = an_event(**changes)
    del event["length"]
    return event


async def test_why_suggestions_were_hidden_is_counted_in_a_bounded_number_of_words(
    under_test: UnderTest,
) -> None:
    hidden = {"type": "discarded", "reason": "filter"}
    words = [f"word{number}" for number in range(MOST_DETAILS + 5)]
    await report(under_test, *(_without_length(**hidden, detail=word) for word in words))
    metrics = (await under_test.http.get("/metrics")).text
    assert 'understudy_hidden_suggestions_total{detail="word0",reason="filter"} 1.0' in metrics
    assert 'understudy_hidden_suggestions_total{detail="other",reason="filter"} 5.0' in metrics


async def test_completions_are_read_by_their_ids(under_test: UnderTest) -> None:
    told = ended(await under_test.complete(remember=True))
    answer = await under_test.http.get(f"/v1/completions?ids={told.id},{new_id()}")
    [completion] = answer.json()["completions"]
    assert (completion["id"], completion["text"]) == (told.id, told.text)
    asked_for = ",".join(new_id() for _ in range(101))
    refused = await under_test.http.get(f"/v1/completions?ids={asked_for}")
    assert refused.status_code == 400


async def test_tokens_are_counted(under_test: UnderTest) -> None:
    told = ended(await under_test.complete())
    assert told.logprobs is not None
    metrics = (await under_test.http.get("/metrics")).text
    assert f"understudy_prompt_tokens_total {float(told.prompt_tokens)}" in metrics
    assert f"understudy_output_tokens_total {float(told.logprobs.tokens)}" in metrics
