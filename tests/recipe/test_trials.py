"""Trials differ in what they try, and in nothing else that would decide."""

from pathlib import Path

import pytest
from models.recipe.corpus import Source
from models.recipe.decoder import Decoder
from models.recipe.export import load_weights
from models.recipe.mix import Mix
from models.recipe.tokenizer import train as train_tokenizer
from models.recipe.train import SHAPES
from models.recipe.trials import TRIALS, Trial, taught
from pinned_archives import NAMES, code


def test_models_of_other_shapes_have_as_many_weights_in_their_layers() -> None:
    def weights(name: str) -> int:
        layers = Decoder(TRIALS[name].shape).layers
        return sum(parameter.numel() for parameter in layers.parameters())

    for name in ("deep", "wide"):
        assert weights(name) == pytest.approx(weights("plain"), rel=0.1)


def test_a_trial_ends_in_a_model_of_its_own_shape_and_its_own_rows(tmp_path: Path) -> None:
    sources = [Source("user", f"{name}.py", "python", code(name)) for name in NAMES]
    tokenizer, model = tmp_path / "tokenizer.json", tmp_path / "tiny"
    train_tokenizer([source.text for source in sources], 384).save(str(tokenizer))
    trial = Trial(window=256, shape=SHAPES["test"], mix=Mix(lines=1.0, blocks=0.0))
    taught(trial, sources, 0.008, tokenizer=tokenizer, model=model)
    assert load_weights(model)[0] == SHAPES["test"]
