"""A night that would bring what the last one brought."""

from pathlib import Path

import httpx
import msgspec

from understudy_protocol.experience import RepositoryList, RepositorySummary
from understudy_protocol.release import ReleaseVersion, ServingHistory
from understudy_protocol.repository import RepositoryId
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.held_out import Span
from understudy_trainer.night.parent import Parent, Served
from understudy_trainer.night.telling import Night
from understudy_trainer.night.unchanged import note_answered, question, why_in_vain
from understudy_trainer.reinforce.reinforcement import Reinforcement

REPOSITORY = RepositoryId(f"shop-{'0' * 12}")
SPAN = Span("1" * 40, "2" * 40)
SERVED = ReleaseVersion("a" * 12)
PARENT = Parent(SERVED, "0" * 40, 7, Path("adapter"), 1, Served(SERVED, Path("adapter"), "0" * 40))


def asked(state: Path, **changes: object) -> Night:
    night = Night(
        path=state / "shop",
        repository=REPOSITORY,
        state=state,
        base=state / "base",
        budget_s=600.0,
        settings=LearnerSettings(),
    )
    return msgspec.structs.replace(night, **changes)


def why(
    state: Path, night: Night, *, span: Span = SPAN, parent: Parent = PARENT, digest: str = "f"
) -> str:
    of = question(night, None, span, parent, fingerprint=digest)
    return why_in_vain(night, of, span, parent, ServingHistory(REPOSITORY))


def test_what_was_not_promoted_is_not_asked_again_until_something_changes(tmp_path: Path) -> None:
    same = asked(tmp_path)
    assert why(tmp_path, same) == ""
    home = tmp_path / "nights" / REPOSITORY
    note_answered(home, question(same, None, SPAN, PARENT, fingerprint="f"))
    assert "Nothing was committed since 222222222222" in why(tmp_path, same)
    # The gateway says the format, and there may be none the next night.
    settings = LearnerSettings(fim_format="qwen-coder")
    assert why(tmp_path, asked(tmp_path, settings=settings)) != ""

    assert why(tmp_path, asked(tmp_path, dry=True)) == ""
    for changes in (
        {"budget_s": 60.0},
        {"seed": 1},
        {"anew": True},
        {"runtime": True},
        {"reinforcement": Reinforcement()},
        {"settings": LearnerSettings(rank=8)},
    ):
        assert why(tmp_path, asked(tmp_path, **changes)) == "", changes
    assert why(tmp_path, same, span=Span("1" * 40, "3" * 40)) == ""
    assert why(tmp_path, same, parent=Parent()) == ""
    assert why(tmp_path, same, digest="e") == ""


def test_what_people_do_is_something_new(tmp_path: Path) -> None:
    count = [9]

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/repositories"
        known = (
            RepositorySummary(RepositoryId(f"other-{'1' * 12}"), 1, 50, 0, 0),
            RepositorySummary(REPOSITORY, 1, count[0], 0, 0),
        )
        return httpx.Response(200, content=msgspec.json.encode(RepositoryList(known)))

    transport = httpx.MockTransport(answer)
    with httpx.Client(base_url="http://gateway", transport=transport) as gateway:
        first = question(asked(tmp_path), gateway, SPAN, PARENT, fingerprint="f")
        assert question(asked(tmp_path), gateway, SPAN, PARENT, fingerprint="f") == first
        count[0] = 10
        assert question(asked(tmp_path), gateway, SPAN, PARENT, fingerprint="f") != first
