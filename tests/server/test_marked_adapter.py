from pathlib import Path

import pytest
from releases_on_disk import base_model

from understudy_protocol.errors import ConfigError
from understudy_releases.paths import embedded_model
from understudy_server.bench.marked_adapter import surest_words, write_marked_adapter


def test_an_adapter_is_marked_with_a_word_of_the_embedded_model(tmp_path: Path) -> None:
    words = surest_words(embedded_model(), 3)
    assert len({word.text for word in words}) == 3
    write_marked_adapter(embedded_model(), tmp_path / "adapter", words[0], seed=0)
    assert (tmp_path / "adapter" / "adapter_model.safetensors").stat().st_size > 100_000


def test_a_model_without_the_weight_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no weight"):
        surest_words(base_model(tmp_path / "model"), 1)
