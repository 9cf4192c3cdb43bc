"""The whole recipe, at the size of a test: packed, brought elsewhere, trained and judged there."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from models.recipe import corpus, elsewhere, evaluate, tokenizer
from models.recipe.archives import Pin, RecipeError
from models.recipe.elsewhere import Step
from models.recipe.packed import load
from pinned_archives import NAMES, code, wheel

RUN = ("--shape", "test", "--tokens", "0.01", "--window", "512", "--holes", "4")
PLAN = ("--flat", "0.004", "--decay", "0.002", "--batch", "2048", "--micro", "1024")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """The model is so small that threads would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to travel, of a corpus of one package."""
    here = tmp_path_factory.mktemp("here")
    files = {f"user/{name}.py": code(name) for name in NAMES}
    pins = [wheel(here, "user", files)]
    for judge in evaluate.JUDGES["python"]:
        pins.append(wheel(here, judge, {f"{judge}/core.py": code(judge)}, held_out=True))
    (here / "packages.toml").write_text("\n".join(map(entry, pins)))
    corpus.build(pins, here, here / "corpus")
    words = tokenizer.train([source.text for source in corpus.read(here / "corpus")], 384)
    words.save(str(here / "tokenizer.json"))
    pack(here, here / "folder")
    return here


def entry(pin: Pin) -> str:
    values = {**vars(pin), "held_out": pin.held_out}
    return "\n".join(["[[package]]", *(f"{name} = {json.dumps(v)}" for name, v in values.items())])


def pack(here: Path, folder: Path) -> dict[str, str]:
    return elsewhere.pack(
        folder,
        here / "corpus",
        here,
        packages=here / "packages.toml",
        tokenizer=here / "tokenizer.json",
    )


def run(folder: Path, out: Path, *more: str, beat: Path) -> None:
    asked = [str(folder), "--out", str(out), "--beat", str(beat), *RUN, *PLAN, *more]
    elsewhere.run_command.main(asked, standalone_mode=False)


def test_from_one_folder_come_rows_a_model_in_shards_its_figures_and_its_card(
    packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, model = tmp_path / "out", tmp_path / "out" / "run" / "model"
    folder = shutil.copytree(packed / "folder", tmp_path / "brought")
    run(folder, out, beat=model)
    first = capsys.readouterr().out
    assert "before" not in first
    card = (out / "figures.md").read_text()
    assert "| training | 0.0M tokens in 3 steps |" in card
    assert "| licences | MIT (7) |" in card
    assert "| bits per byte |" in card
    assert all(path.stat().st_size < 16e6 for path in model.iterdir())
    run(folder, out, beat=model)
    assert capsys.readouterr().out.count("was done before") == 5
    assert (out / "figures.md").read_text() == card


def test_a_training_ends_with_what_an_editor_asks_if_that_is_wanted(
    packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        run(packed / "folder", out, "--asked", "0.01", beat=out / "run" / "model")
    assert capsys.readouterr().out.count("was done before") == 7
    log = [json.loads(line) for line in (out / "run" / "log.jsonl").read_text().splitlines()]
    steps = [each["step"] for each in log if "rate" in each]
    assert steps == sorted(set(steps))  # the fall goes on where the flat part ended
    assert torch.load(out / "run" / "decay.pt", weights_only=True)["decay"] > 0
    assert load(out / "asked.npz")[2]["mix"] == "asked"


def test_nothing_begins_until_every_piece_has_arrived_as_it_was_sent(
    packed: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(packed / "folder", tmp_path / "brought")
    piece = folder / "corpus.jsonl.xz.000"
    piece.write_bytes(piece.read_bytes()[:-1])
    (folder / "click-1.0-py3-none-any.whl").unlink()
    with pytest.raises(RecipeError, match=r"missing: click-1\.0.* changed: corpus\.jsonl\.xz\.000"):
        run(folder, tmp_path / "out", beat=tmp_path)
    (folder / "pieces.json").unlink()
    with pytest.raises(RecipeError, match="not packed to its end"):
        run(folder, tmp_path / "out", beat=tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_corpus_of_several_pieces_is_put_together_again(packed: Path, tmp_path: Path) -> None:
    source = packed / "corpus" / "corpus.jsonl"
    names = list(elsewhere.compressed(source, tmp_path / "folder", most=100))
    assert len(names) > 3
    shutil.copy(packed / "corpus" / "corpus.json", tmp_path / "folder")
    elsewhere.unpack(tmp_path / "folder", tmp_path / "corpus", names)
    assert (tmp_path / "corpus" / "corpus.jsonl").read_bytes() == source.read_bytes()
    assert corpus.read(tmp_path / "corpus")


def test_half_a_corpus_is_not_packed(packed: Path, tmp_path: Path) -> None:
    here = shutil.copytree(packed, tmp_path / "here")
    (here / "corpus" / "corpus.jsonl").write_text("{}")
    with pytest.raises(RecipeError, match="cut short, or changed"):
        pack(here, tmp_path / "folder")
    assert not (tmp_path / "folder").exists()


def test_a_step_with_other_arguments_is_taken_again_with_all_after_it(tmp_path: Path) -> None:
    taken: list[str] = []

    def take(arguments: Sequence[str], *, of: str = "folder", dies: str = "") -> list[str]:
        taken.clear()
        steps = [
            Step(name, lambda given, name=name: act(name, dies), [given], tmp_path)
            for name, given in zip("abc", arguments, strict=True)
        ]
        with suppress(RecipeError):
            elsewhere.carry_out(steps, tmp_path / "done.json", of=of, say=lambda _: None)
        return list(taken)

    def act(name: str, dies: str) -> None:
        taken.append(name)
        if name == dies:
            raise RecipeError("It was stopped.", "Go on.")

    assert take("111") == ["a", "b", "c"]
    assert take("111") == []
    assert take("121", dies="b") == ["b"]
    # What came after the step that was stopped is of its old arguments.
    assert take("121") == ["b", "c"]
    assert take("121", of="another") == ["a", "b", "c"]
