"""The model that travels with the source is one whole model, small enough to travel."""

import json

from models.recipe.export import load_weights

from understudy_releases.paths import embedded_model


def test_its_shards_are_those_of_its_index_and_each_is_small() -> None:
    folder = embedded_model()
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    shards = list(folder.glob("*.safetensors"))
    # A file of weights that is left over is loaded by some programs and not by others.
    assert {shard.name for shard in shards} == set(index["weight_map"].values())
    assert max(shard.stat().st_size for shard in shards) < 16e6
    assert sum(path.stat().st_size for path in folder.iterdir()) < 80e6


def test_it_has_at_most_forty_million_weights_and_reads_two_thousand_tokens() -> None:
    shape, weights = load_weights(embedded_model())
    assert sum(tensor.numel() for tensor in weights.values()) <= 40e6
    assert shape.context >= 2048
