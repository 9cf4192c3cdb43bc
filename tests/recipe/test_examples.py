import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from models.recipe import copying, data, figures, holes, packed, snippets
from models.recipe.archives import RecipeError, sha256
from models.recipe.corpus import Source
from models.recipe.mix import MIXES, Mix
from models.recipe.snippets import Place
from models.recipe.tokenizer import CONTROL, Vocabulary

TOKENIZER = data.PROMPTER_FOLDER / "tokenizer.json"
RECIPE = Path(data.__file__).parent
FILES = [(path.name, path.read_text()) for path in sorted(RECIPE.glob("*.py"))]


def job(rows: int = 6, seed: str = "0", files: list[tuple[str, str]] = FILES) -> data.Job:
    return data.Job("recipe", files, rows, 512, seed, TOKENIZER, Mix())


def test_rows_are_a_function_of_the_seed() -> None:
    ids, weights, _ = data.rows_of(job())
    again, again_weights, _ = data.rows_of(job())
    other, _, _ = data.rows_of(job(seed="1"))
    assert ids.shape == weights.shape == (6, 512)
    assert np.array_equal(ids, again)
    assert np.array_equal(weights, again_weights)
    assert not np.array_equal(ids, other)


def test_middles_follow_the_prefix_end_at_the_control_token_and_weigh_most() -> None:
    ids, weights, counts = data.rows_of(job(rows=12))
    end = CONTROL.index("<|endoftext|>")
    assert counts["examples with snippets"] > 0
    ends = ids == end
    assert ends.sum() > 4
    assert (weights[ends] == packed.MIDDLE).all()
    assert ((weights == packed.MIDDLE).sum(axis=1) <= 512).all()
    assert (ids[weights == packed.PAD] == CONTROL.index("<|fim_pad|>")).all()


def test_the_answer_stands_in_a_snippet_as_often_as_asked() -> None:
    def share(copied: float) -> float:
        mix = replace(Mix(), with_snippets=1.0, copied=copied)
        _, _, counts = data.rows_of(replace(job(rows=40), mix=mix))
        return counts["answers in a snippet"] / counts["examples"]

    assert share(0.0) < 0.5 < 0.8 < share(1.0)


def test_rows_as_an_editor_asks_them_hold_little_else() -> None:
    end = CONTROL.index("<|endoftext|>")
    vocabulary = Vocabulary(TOKENIZER)

    def told(kind: str) -> tuple[int, int]:
        plain = of_several_lines = 0
        # Answers of several lines are few: rows enough that chance does not decide, however these
        # files change.
        for seed in "123":
            ids, weights, counts = data.rows_of(replace(job(240, seed), mix=MIXES[kind]))
            middles = ids[weights == packed.MIDDLE]
            answers = np.split(middles, np.flatnonzero(middles == end))
            plain += counts["plain rows"]
            of_several_lines += sum("\n" in vocabulary.decode(each.tolist()) for each in answers)
        return plain, of_several_lines

    for broad, asked in zip(told("broad"), told("asked"), strict=True):
        assert asked < broad


@pytest.mark.parametrize("line", ["x = [" + "1234567, " * 60 + "]", "y = '" + "漢字" * 75 + "'"])
def test_a_line_of_more_tokens_than_can_be_asked_gets_no_hole(line: str) -> None:
    files = [(f"m{at}.py", f"value_{at} = load()\n" * 20 + f"{line}\n" * 20) for at in range(3)]
    ids, weights, _ = data.rows_of(job(rows=20, files=files))
    assert ids.shape == (20, 512)
    assert (weights == packed.MIDDLE).any()


def test_what_is_found_does_not_depend_on_the_process() -> None:
    program = (
        "import pathlib, sys; from models.recipe import data, mix, packed; "
        "files = [(p.name, p.read_text()) for p in sorted(pathlib.Path(sys.argv[1]).glob('*.py'))];"
        "tokenizer = data.PROMPTER_FOLDER / 'tokenizer.json'; "
        "rows = data.rows_of(data.Job('recipe', files, 30, 512, '0', tokenizer, mix.Mix())); "
        "print(packed.checksum(*rows[:2]))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, str(RECIPE)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=RECIPE.parents[1],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_control_tokens_in_source_text_stay_text() -> None:
    hostile = [(f"m{at}.py", f"value_{at} = '<|endoftext|>'\n" * 30) for at in range(4)]
    ids, weights, _ = data.rows_of(job(rows=3, files=hostile))
    assert (weights[ids == CONTROL.index("<|endoftext|>")] == packed.MIDDLE).all()


def test_rows_that_were_changed_or_cut_short_are_refused(tmp_path: Path) -> None:
    ids, weights, _ = data.rows_of(job())
    path = tmp_path / "rows.npz"
    packed.save(path, ids, weights, {"seed": 0})
    assert np.array_equal(packed.load(path)[0], ids)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RecipeError, match=r"models\.recipe\.data"):
        packed.load(path)


def test_rows_of_another_vocabulary_are_refused_whatever_its_size(tmp_path: Path) -> None:
    ids, weights, _ = data.rows_of(job())
    other = tmp_path / "tokenizer.json"
    other.write_bytes(TOKENIZER.read_bytes() + b" ")
    path = tmp_path / "rows.npz"
    packed.save(path, ids, weights, {"tokenizer": sha256(TOKENIZER)})
    packed.load(path, tokenizer=TOKENIZER)
    with pytest.raises(RecipeError, match="another tokenizer"):
        packed.load(path, tokenizer=other)


def test_a_snippet_is_found_by_shared_names_and_never_holds_the_hole() -> None:
    asking = "import os\n" * 12 + "def load(path):\n    return parse_settings(path, \n"
    other = "\n".join(f"filler_{at} = {at}" for at in range(30))
    answer = "def save(path):\n    return parse_settings(path, strict_mode=True)\n"
    index = snippets.build_index([("a.py", asking), ("b.py", other), ("c.py", answer)])
    hole = Place(0, 13, 14)
    found = snippets.relevant(index, hole, 32, Place(0, 0, 15), 2)
    assert index.paths[found[0].file] == "c.py"
    assert "strict_mode" in snippets.text_of(index, found[0])
    assert not any(place.overlaps(Place(0, 0, 15)) for place in found)


@pytest.mark.parametrize("seed", range(40))
def test_the_parts_of_a_hole_are_the_file(seed: int) -> None:
    dice = random.Random(seed)
    lines = dict(FILES)["holes.py"].split("\n")
    hole = holes.make_hole(lines, dice.choice(holes.code_lines("holes.py", lines)), dice)
    prefix, middle, suffix = holes.parts(lines, hole)
    whole = "\n".join(lines)
    assert prefix + middle + suffix == whole


def test_docstrings_and_comments_get_no_holes() -> None:
    lines = [
        "def f():",
        '    """Not here,',
        "    nor here = 1",
        '    """',
        "    # nor = here",
        "    x = 1",
    ]
    assert holes.code_lines("a.py", lines) == [0, 5]


def test_block_comments_of_typescript_get_no_holes_and_quotes_open_nothing() -> None:
    lines = [
        "/**",
        " Not here = 1",
        " */",
        "const files = glob('src/**/*.ts');",
        'const quotes = \'"""\';',
        "  // nor = here",
        "export const x = 1;",
    ]
    assert holes.code_lines("a.ts", lines) == [3, 4, 6]


def test_a_block_of_braces_ends_where_it_closes() -> None:
    lines = ["  if (x) {", "    call(x);", "  }", "  other(x);", "  more(x);", "}"]
    ends = {holes.end_of_block(lines, 0, random.Random(seed)) for seed in range(40)}
    assert max(ends) == 2


def source(path: str, language: str) -> Source:
    text = "".join(f"value_{at} = call_{at}({path!r}, {at})\n" for at in range(300))
    return Source("both", path, language, text)


def rows_asked(sources: list[Source], tokens: float) -> list[data.Job]:
    return data.jobs(sources, tokens, 512, 0, TOKENIZER, Mix())


def test_a_slice_is_of_python_or_of_the_languages_of_the_web() -> None:
    sources = [source("b.ts", "typescript"), source("a.py", "python"), source("c.js", "javascript")]
    found = [[path for path, _ in job.files] for job in rows_asked(sources, 40_000)]
    assert found == [["a.py"], ["b.ts", "c.js"]]


def test_more_tokens_than_the_corpus_has_are_other_holes_in_the_same_text() -> None:
    sources = [source("a.py", "python")]
    once = len(sources[0].text) / 4
    assert sum(job.rows for job in rows_asked(sources, once / 2)) < once / 512
    assert sum(job.rows for job in rows_asked(sources, 5 * once)) >= 4.8 * once / 512


def test_one_core_makes_the_same_rows(tmp_path: Path) -> None:
    sources = [source("a.py", "python"), source("b.ts", "typescript")]

    def made(workers: int) -> str:
        ids, weights, _ = data.generate(
            sources,
            6000,
            window=256,
            seed=0,
            tokenizer=TOKENIZER,
            mix=Mix(),
            workers=workers,
        )
        return packed.checksum(ids, weights)

    assert made(1) == made(2)


@pytest.mark.parametrize("cut", range(1, 12))
def test_tokens_have_the_bytes_of_their_text_in_the_middle_of_a_character_too(cut: int) -> None:
    vocabulary = Vocabulary(TOKENIZER)
    text = "x = 'é漢😀'\n"
    ids = vocabulary.plain(text)
    assert sum(map(vocabulary.bytes_of, ids)) == len(text.encode())
    size = sum(map(vocabulary.bytes_of, ids[:cut]))
    # What is decoded of a character's half is not in the text; what stands before it is.
    assert text.encode()[:size].decode(errors="ignore") == vocabulary.decode(ids[:cut]).rstrip(
        "\ufffd"
    )


def test_copying_continues_the_longest_match() -> None:
    prefix = "b.add(name)\nself.append("
    others = ["x.append(wrong)\n", "other.add(thing)\nself.append(right)\n"]
    assert copying.copy_line(prefix, "", others) == "right)"
    assert copying.copy_line("abc", "", ["zzz"]) == ""


def test_candidates_are_ranked_by_match_and_differ() -> None:
    others = ["call(a, near)\n" * 3, "my_call(a, best)\n"]
    found = copying.candidates("my_call(a, ", "", others, 4)
    assert [candidate.text for candidate in found] == ["best)", "near)"]
    assert found[1].seen == 9  # three times, at the lengths 8, 6 and 4


def test_a_vocabulary_gives_the_text_back() -> None:
    vocabulary = Vocabulary(TOKENIZER)
    text = "def f(x):\n    return x[0] == 'é'\n"
    assert vocabulary.decode(vocabulary.encode(text)) == text
    assert [vocabulary.token_id(token) for token in CONTROL] == list(range(len(CONTROL)))


def test_intervals_hold_the_share_and_shrink() -> None:
    low, high = figures.share_interval(30, 100)
    narrow = figures.share_interval(300, 1000)
    assert low < 0.3 < high
    assert low < narrow[0] < 0.3 < narrow[1] < high


def test_the_sign_test_knows_a_fair_split_from_an_uneven_one() -> None:
    assert figures.sign_test(5, 5) == 1.0
    assert figures.sign_test(24, 10) == pytest.approx(0.0243, abs=1e-3)


def test_the_reranker_learns_which_feature_tells() -> None:
    dice = np.random.default_rng(0)
    sets = []
    for _ in range(60):
        values = dice.normal(size=(4, 3))
        sets.append((values, int(values[:, 1].argmax())))
    weights = figures.fit_choice(sets)
    assert weights[1] > 5 * max(abs(weights[0]), abs(weights[2]))
