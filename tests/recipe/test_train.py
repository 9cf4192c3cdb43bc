import itertools
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from models.recipe import data, packed, train
from models.recipe.archives import RecipeError
from models.recipe.export import SHARD, export, load_weights, rotations, write_shards
from models.recipe.train import SHAPES, Plan, Run, open_run

TOKENIZER = data.PROMPTER_FOLDER / "tokenizer.json"
TRAIN = (sys.executable, "-B", "-m", "models.recipe.train")
SHAPE = SHAPES["test"]
PLAN = Plan(
    flat=6 * 256e-6,
    decay=3 * 256e-6,
    batch=256,
    micro=128,
    warmup=2,
    save_every=0.0,
    compiled=False,
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """The model is so small that threads would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    dice = np.random.default_rng(0)
    ids = dice.integers(7, 40, (16, 64)).astype(np.uint16)
    ids[:, 32:] = ids[:, :32]  # something to learn: the second half repeats the first
    weights = np.full((16, 64), packed.TEXT, dtype=np.uint8)
    weights[:, 48:] = packed.MIDDLE
    path = tmp_path / "rows.npz"
    packed.save(path, ids, weights, {})
    return path


def begin(out: Path, plan: Plan = PLAN) -> Run:
    return open_run(plan, out, None, SHAPE, "cpu")


def losses(reports: list[dict[str, float]]) -> list[float]:
    return [report["middle"] for report in reports]


def test_a_killed_training_resumes_to_the_same_loss(rows: Path, tmp_path: Path) -> None:
    whole = losses(list(train.train(begin(tmp_path / "a"), rows, tmp_path / "a")))
    before = list(itertools.islice(train.train(begin(tmp_path / "b"), rows, tmp_path / "b"), 4))
    after = list(train.train(begin(tmp_path / "b"), rows, tmp_path / "b"))
    assert len(whole) == 9
    # The step after the last checkpoint is lost with the kill, so it is taken again.
    assert losses(before) == whole[:4]
    assert losses(after) == whole[4:]


def test_the_state_before_the_decay_is_kept_and_a_longer_run_goes_on_from_it(
    rows: Path, tmp_path: Path
) -> None:
    done = list(train.train(begin(tmp_path / "run"), rows, tmp_path / "run"))
    assert done[5]["rate"] == 1.0
    assert done[8]["rate"] == pytest.approx(1 / 3)
    longer = begin(tmp_path / "run", Plan(**{**vars(PLAN), "flat": 8 * 256e-6}))
    assert longer.tokens == 6 * 256
    assert next(train.train(longer, rows, tmp_path / "run"))["rate"] == 1.0


def test_another_fall_of_the_rate_begins_before_the_one_that_ended(
    rows: Path, tmp_path: Path
) -> None:
    list(train.train(begin(tmp_path / "run"), rows, tmp_path / "run"))
    longer = begin(tmp_path / "run", Plan(**{**vars(PLAN), "decay": 6 * 256e-6}))
    assert longer.tokens == 6 * 256
    assert next(train.train(longer, rows, tmp_path / "run"))["rate"] == 1.0


def test_a_fall_that_ended_gives_way_to_a_flat_part_that_went_on_since(
    rows: Path, tmp_path: Path
) -> None:
    list(train.train(begin(tmp_path / "run"), rows, tmp_path / "run"))
    longer = begin(tmp_path / "run", Plan(**{**vars(PLAN), "flat": 20 * 256e-6}))
    list(itertools.islice(train.train(longer, rows, tmp_path / "run"), 3))
    assert begin(tmp_path / "run").tokens == 9 * 256


def test_a_run_that_is_done_trains_no_further(rows: Path, tmp_path: Path) -> None:
    list(train.train(begin(tmp_path / "run"), rows, tmp_path / "run"))
    assert list(train.train(begin(tmp_path / "run"), rows, tmp_path / "run")) == []


def test_a_run_of_another_shape_is_not_gone_on_with(rows: Path, tmp_path: Path) -> None:
    list(train.train(begin(tmp_path / "run"), rows, tmp_path / "run"))
    other = replace(SHAPE, layers=3)
    with pytest.raises(RecipeError, match=r"layers 2 and not 3.* --out"):
        open_run(PLAN, tmp_path / "run", None, other, "cpu")


def test_a_run_that_began_at_other_weights_is_not_gone_on_with(rows: Path, tmp_path: Path) -> None:
    first, second, out = tmp_path / "first", tmp_path / "second", tmp_path / "run"
    export(begin(tmp_path / "none").model, first, TOKENIZER)
    other = begin(tmp_path / "none", replace(PLAN, seed=1))
    export(other.model, second, TOKENIZER)
    list(itertools.islice(train.train(open_run(PLAN, out, first, SHAPE, "cpu"), rows, out), 4))
    assert open_run(PLAN, out, first, SHAPE, "cpu").tokens == 4 * 256
    for start in (second, None):
        with pytest.raises(RecipeError, match=r"began at other weights.* --start"):
            open_run(PLAN, out, start, SHAPE, "cpu")


def test_a_processor_without_bfloat16_trains_in_float32_and_is_told_so(
    rows: Path, tmp_path: Path
) -> None:
    run = begin(tmp_path / "run")
    run.dtype = torch.float32
    assert "expect a third of the speed" in train.greeting(run)
    assert len(losses(list(train.train(run, rows, tmp_path / "run")))) == 9
    run.dtype = torch.bfloat16
    assert "speed" not in train.greeting(run)


def test_on_a_full_disk_training_says_so_and_keeps_no_half_checkpoint(
    rows: Path, tmp_path: Path
) -> None:
    given = ["--data", rows, "--shape", "test", "--tokenizer", TOKENIZER, "--out", tmp_path / "run"]
    plan = ["--flat", "0", "--decay", "0.001", "--batch", "256", "--threads", "1"]
    run = subprocess.run(
        # No file may grow beyond 32 kilobytes, which is an error as a full disk is one.
        ["bash", "-c", 'ulimit -f 32; exec "$@"', "-", *TRAIN, *map(str, given), *plan],
        cwd=data.PROMPTER_FOLDER.parents[1],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "state.pt could not be written" in run.stderr.splitlines()[-1]
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["log.jsonl"]


def test_training_learns(rows: Path, tmp_path: Path) -> None:
    plan = Plan(**{**vars(PLAN), "flat": 60 * 256e-6, "save_every": 600.0})
    found = losses(list(train.train(begin(tmp_path / "run", plan), rows, tmp_path / "run")))
    assert np.mean(found[-5:]) < 0.8 * found[0]


def test_only_middles_count_as_much_as_is_asked() -> None:
    kinds = np.array([packed.PAD, packed.CONTEXT, packed.TEXT, packed.MIDDLE], dtype=np.float32)
    counted = train.weighed(kinds, 10.0)
    assert counted[:3].tolist() == kinds[:3].tolist()
    assert counted[3] == 10 * counted[2]
    assert train.weighed(kinds, PLAN.middles).tolist() == kinds.tolist()


def test_a_broken_checkpoint_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(b"half")
    with pytest.raises(RecipeError, match=r"state\.pt cannot be read"):
        begin(tmp_path)


def test_a_checkpoint_that_was_being_written_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "state.pt.partial").write_bytes(b"half")
    assert begin(tmp_path).tokens == 0


def test_a_checkpoint_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(RecipeError, match="Make room"):
        train.save(begin(tmp_path / "none"), tmp_path / "file" / "state.pt")


def test_data_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    ids = np.full((4, 64), 5000, dtype=np.uint16)
    packed.save(tmp_path / "rows.npz", ids, np.ones((4, 64), dtype=np.uint8), {})
    with pytest.raises(RecipeError, match="beyond the model's vocabulary"):
        next(train.train(begin(tmp_path / "run"), tmp_path / "rows.npz", tmp_path / "run"))


def test_no_start_model_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no model to start from"):
        open_run(PLAN, tmp_path / "run", tmp_path, SHAPE, "cpu")


def test_the_head_loss_has_the_gradients_of_cross_entropy() -> None:
    torch.manual_seed(0)
    hidden = torch.randn(12, 8, requires_grad=True)
    table = torch.randn(20, 8, requires_grad=True)
    targets, weights = torch.randint(0, 20, (12,)), torch.rand(12)
    ours, _ = train.HeadLoss.apply(hidden, table, targets, weights, train.token_losses)
    slopes = torch.autograd.grad(ours, (hidden, table))
    each = torch.nn.functional.cross_entropy(hidden @ table.t(), targets, reduction="none")
    wanted = torch.autograd.grad((each * weights).sum(), (hidden, table))
    torch.testing.assert_close(ours, (each * weights).sum())
    torch.testing.assert_close(slopes, wanted)


def test_an_exported_model_is_the_same_in_transformers(tmp_path: Path) -> None:
    run = begin(tmp_path / "run")
    export(run.model, tmp_path / "model", TOKENIZER)
    shape, weights = load_weights(tmp_path / "model")
    assert shape == SHAPE
    run.model.load_state_dict(weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers import AutoModelForCausalLM

        theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32)
    ids = torch.randint(0, SHAPE.vocabulary, (2, 24))
    with torch.no_grad():
        turn = rotations(SHAPE, 24, "cpu", torch.float32)
        ours = run.model(ids, turn) @ run.model.embed_tokens.weight.t()
        torch.testing.assert_close(ours, theirs(input_ids=ids).logits, atol=1e-4, rtol=1e-3)


def test_shards_stay_below_sixteen_megabytes(tmp_path: Path) -> None:
    tensors = {f"t{at}": torch.zeros(3_000_000, dtype=torch.bfloat16) for at in range(6)}
    write_shards(tensors, tmp_path)
    files = list(tmp_path.glob("*.safetensors"))
    assert len(files) == 3
    assert all(file.stat().st_size < 16e6 for file in files)
    assert SHARD < 16e6
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert set(index["weight_map"]) == set(tensors)
