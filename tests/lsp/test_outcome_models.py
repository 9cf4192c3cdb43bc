"""Which model is known for a repository, and when the gateway is asked for it."""

from experience_facts import CLICK, FLASK
from outcome_models import HIDING_ALL, SEEING_NOTHING

from understudy_lsp.outcome_models import OutcomeModels
from understudy_protocol.completion import Model
from understudy_protocol.errors import EngineUnavailable
from understudy_protocol.outcome import OutcomeModel
from understudy_protocol.repository import RepositoryId

FIRST, SECOND = "0123456789ab", "ba9876543210"


class Serving:
    def __init__(self) -> None:
        self.release: str | None = FIRST
        self.outcome: OutcomeModel | None = HIDING_ALL
        self.away = False
        self.asked: list[RepositoryId] = []

    async def ask(self, repository: RepositoryId) -> Model:
        self.asked.append(repository)
        if self.away:
            raise EngineUnavailable("It is away.", "Wait.")
        return Model(
            name="fake",
            fingerprint="0",
            fim_format="prompter",
            context=2048,
            ready=True,
            release=self.release,
            outcome=self.outcome,
        )


async def test_nobody_is_asked_while_the_base_model_answers() -> None:
    models = OutcomeModels(Serving().ask)
    assert not models.is_news(CLICK, None)
    assert models.of(CLICK) is None


async def test_a_release_is_asked_about_once() -> None:
    serving = Serving()
    models = OutcomeModels(serving.ask)
    assert models.is_news(CLICK, FIRST)
    await models.look(CLICK)
    assert models.of(CLICK) == HIDING_ALL
    assert models.of(FLASK) is None
    assert not models.is_news(CLICK, FIRST)
    assert serving.asked == [CLICK]


async def test_another_release_is_not_judged_by_what_the_one_before_it_learned() -> None:
    serving = Serving()
    models = OutcomeModels(serving.ask)
    await models.look(CLICK)
    assert models.is_news(CLICK, SECOND)
    assert models.of(CLICK) is None
    serving.release, serving.outcome = SECOND, SEEING_NOTHING
    await models.look(CLICK)
    assert models.of(CLICK) == SEEING_NOTHING
    assert not models.is_news(CLICK, None)  # rolled back
    assert models.of(CLICK) is None


async def test_a_gateway_that_is_away_is_asked_again_with_the_next_answer() -> None:
    serving = Serving()
    models = OutcomeModels(serving.ask)
    serving.away = True
    await models.look(CLICK)
    assert models.of(CLICK) is None
    assert models.is_news(CLICK, FIRST)


async def test_one_request_at_a_time_is_enough() -> None:
    serving = Serving()
    again: list[bool] = []

    async def ask(repository: RepositoryId) -> Model:
        again.append(models.is_news(repository, FIRST))
        return await serving.ask(repository)

    models = OutcomeModels(ask)
    await models.look(CLICK)
    assert again == [False]
