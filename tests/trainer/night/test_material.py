"""What is practised of old holds nothing of what is held out tonight."""

from pathlib import Path

import httpx
import msgspec
from experience_facts import a_completion, an_accepted
from git_histories import history
from releases_on_disk import REPOSITORY
from tiny_models import example

from understudy_protocol.completion import CompletionList
from understudy_protocol.events import EventPage, StoredEvent
from understudy_trainer.curriculum.gather import gather
from understudy_trainer.learn.replay import Replay, add, write_replay
from understudy_trainer.night.material import REPLAY, learned_from_experience, practised
from understudy_trainer.night.plan import TONIGHT
from understudy_trainer.repoworld.worlds import open_world


def test_a_night_that_begins_further_back_practises_nothing_that_is_held_out(
    tmp_path: Path,
) -> None:
    ids = history(tmp_path / "demo", *({"a.py": f"number = {n}\n"} for n in range(4)))
    learned = [
        msgspec.structs.replace(example(number), commit=commit)
        for number, commit in enumerate([*ids, "1" * 40])
    ]
    home, notes, world = tmp_path / "home", list[str](), open_world(tmp_path / "demo")
    write_replay(home / REPLAY, add(Replay(), learned))

    kept = practised(home, world, notes, until=ids[1])
    assert {each.commit for each in kept.old} == set(ids[:2])
    assert kept.anchors
    assert any("3 examples" in note for note in notes)


def test_what_nobody_has_committed_yet_is_learned_by_a_later_night(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    history(folder, {"a.py": "first = make(1)\n"}, {"b.py": "held = make(2)\n"})
    asked = a_completion(repository=REPOSITORY, path="b.py", prefix="held = ", text="make(2)")
    event = an_accepted(completion=asked.id, repository=REPOSITORY)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/completions":
            return httpx.Response(200, content=msgspec.json.encode(CompletionList((asked,))))
        is_new = int(request.url.params["after"]) < 1
        stored = (StoredEvent(1, event),) if is_new else ()
        return httpx.Response(200, content=msgspec.json.encode(EventPage(stored, 1)))

    gateway = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://gateway")
    first, second = (gather(folder, commit=commit, since=commit) for commit in ("HEAD~1", "HEAD"))
    home = tmp_path / "home"
    with gateway:
        held_out = learned_from_experience(
            home, gateway, first, repository=REPOSITORY, after=0, waits_from=0
        )
        assert held_out.examples == ()
        (home / TONIGHT).rename(home / "yesterday")
        later = learned_from_experience(
            home, gateway, second, repository=REPOSITORY, after=held_out.cursor, waits_from=0
        )
    assert [each.middle for each in later.examples] == ["make(2)"]
    assert later.cursor == 1
