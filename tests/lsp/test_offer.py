import pytest

from understudy_lsp.copying.copies import Copy
from understudy_lsp.offer import Text, in_order
from understudy_protocol.completion import CompletionId, Mode
from understudy_protocol.events import Source


def copied(text: str, confidence: float) -> Copy:
    return Copy(CompletionId("copy"), text, confidence, length=12, places=())


def written(text: str, likelihood: float | None) -> Text:
    return Text(
        completion=CompletionId("model"),
        whole=text,
        mode=Mode.LINE,
        complete=True,
        likelihood=likelihood,
    )


@pytest.mark.parametrize(
    ("confidence", "likelihood", "sources"),
    [
        (0.8, 0.1, [Source.COPY, Source.ENGINE]),
        (0.05, 0.6, [Source.ENGINE, Source.COPY]),
        (0.8, None, [Source.ENGINE, Source.COPY]),
    ],
)
def test_the_likelier_is_tried_first_and_the_model_where_nothing_is_known(
    confidence: float, likelihood: float | None, sources: list[Source]
) -> None:
    tried = in_order(copied("a()", confidence), written("b()", likelihood))
    assert [text.source for text in tried] == sources


def test_what_both_say_is_the_models_and_likelier() -> None:
    (text,) = in_order(copied("a()", 0.4), written("a() ", 0.4))
    assert text.source is Source.ENGINE
    assert text.whole == "a() "
    assert text.likelihood is not None
    assert text.likelihood > 0.4


def test_one_alone_is_all_there_is() -> None:
    (copy,) = in_order(copied("a()", 0.4), None)
    assert (copy.source, copy.whole, copy.likelihood) == (Source.COPY, "a()", 0.4)
    text = written("b()", 0.3)
    assert in_order(None, text) == [text]
    assert in_order(None, None) == []
