import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.copying.copies import WINDOW, Copies, Copy
from understudy_lsp.copying.place import CONTEXT, LEAST
from understudy_lsp.copying.segment import write_segment
from understudy_lsp.snapshot import Snapshot


class SavedOnDisk:
    """An index that is nothing but segments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[Path] = []
        self.changed: Collection[str] = ()
        self.ignored: Collection[str] = ()

    def save(self, texts: Mapping[str, str]) -> None:
        file = self.folder / f"{len(self.files)}.segment"
        write_segment(file, texts.items())
        self.files.insert(0, file)

    def segments(self) -> Sequence[Path]:
        return tuple(self.files)

    def outdated(self, path: str) -> bool:
        return path in self.changed

    def allowed(self, path: str) -> bool:
        return path not in self.ignored


@pytest.fixture
def index(tmp_path: Path) -> SavedOnDisk:
    return SavedOnDisk(tmp_path)


def at(marked: str, path: str = "here.py") -> Snapshot:
    before, after = marked.split("▏")
    return Snapshot(
        uri=f"file:///w/{path}",
        path=path,
        language="python",
        version=1,
        text=before + after,
        offset=len(before),
    )


def found(
    index: SavedOnDisk, marked: str, open_texts: Mapping[str, str] | None = None
) -> Copy | None:
    return Copies(index).find(at(marked), open_texts=open_texts or {})


def text(
    index: SavedOnDisk, marked: str, open_texts: Mapping[str, str] | None = None
) -> str | None:
    copy = found(index, marked, open_texts)
    return copy.text if copy else None


def test_a_line_goes_on_as_it_does_elsewhere(index: SavedOnDisk) -> None:
    index.save({"a.py": "import logging\n\n_log = logging.getLogger(__name__)\n"})
    copy = found(index, "import logging\n\n_log = ▏")
    assert copy is not None
    assert copy.text == "logging.getLogger(__name__)"
    assert copy.length == len("import logging\n\n_log = ")
    assert [(place.path, place.line) for place in copy.places] == [("a.py", 3)]


def test_the_document_itself_is_searched_on_both_sides(index: SavedOnDisk) -> None:
    assert text(index, "assert first == 1\nx()\nassert ▏\n") == "first == 1"
    assert text(index, "\nassert ▏\nx()\nassert first == 1\n") == "first == 1"


def test_in_an_empty_repository_nothing_follows(index: SavedOnDisk) -> None:
    assert found(index, "def f▏") is None
    assert found(index, "▏") is None


def test_the_longer_context_wins_over_the_shorter(index: SavedOnDisk) -> None:
    index.save(
        {
            "a.py": "with open(path) as file:\n    return file.read()\n",
            "b.py": "for x in y:\n    return file.name\n",
        }
    )
    assert text(index, "with open(path) as file:\n    return file.▏") == "read()"


def test_in_the_middle_of_a_word_it_goes_on(index: SavedOnDisk) -> None:
    index.save({"a.py": "value = self.connection.cursor()\n"})
    assert text(index, "value = self.conn▏") == "ection.cursor()"
    assert text(index, "value = self.connection▏") == ".cursor()"


def test_an_open_document_is_newer_than_its_file(index: SavedOnDisk) -> None:
    index.save({"a.py": "retries = Retry(total=3)\n"})
    assert text(index, "retries = ▏", {"a.py": "retries = Retry(total=5)\n"}) == "Retry(total=5)"
    assert text(index, "retries = ▏", {"a.py": ""}) is None


def test_what_was_deleted_in_the_document_does_not_come_back_from_disk(index: SavedOnDisk) -> None:
    index.save({"here.py": "retries = Retry(total=3)\n"})
    assert text(index, "retries = ▏") is None


def test_far_away_in_the_document_counts_what_is_on_disk_and_still_there(
    index: SavedOnDisk,
) -> None:
    far = "retries = Retry(total=3)\n"
    between = "x\n" * WINDOW
    index.save({"here.py": far + between})
    assert text(index, far + between + "retries = ▏") == "Retry(total=3)"
    assert text(index, between + "retries = ▏") is None


def test_the_newest_segment_counts(index: SavedOnDisk) -> None:
    index.save({"a.py": "retries = Retry(total=3)\n", "b.py": ""})
    index.save({"a.py": "retries = Retry(total=5)\n"})
    assert text(index, "retries = ▏") == "Retry(total=5)"
    index.save({"a.py": ""})
    assert text(index, "retries = ▏") is None


def test_segments_that_come_and_go_are_noticed(index: SavedOnDisk) -> None:
    copies = Copies(index)
    here = at("retries = ▏")
    assert copies.find(here, open_texts={}) is None
    index.save({"a.py": "retries = Retry(total=3)\n"})
    assert copies.find(here, open_texts={}) is not None
    index.files.clear()
    assert copies.find(here, open_texts={}) is None


def test_a_damaged_segment_takes_nothing_else_away(index: SavedOnDisk) -> None:
    index.save({"a.py": "retries = Retry(total=3)\n"})
    torn = index.folder / "torn.segment"
    torn.write_bytes(index.files[0].read_bytes()[:-1])
    index.files += [torn, index.folder / "missing.segment"]
    assert text(index, "retries = ▏") == "Retry(total=3)"


def test_a_file_that_changed_is_not_copied_from(index: SavedOnDisk) -> None:
    index.save({"a.py": "retries = Retry(total=3)\n"})
    index.changed = {"a.py"}
    assert text(index, "retries = ▏") is None


def test_nothing_is_copied_from_a_file_that_is_ignored_now(index: SavedOnDisk) -> None:
    index.save({"a.py": "retries = Retry(total=3)\n"})
    index.ignored = {"a.py", "b.py"}
    assert text(index, "retries = ▏", {"b.py": "retries = Retry(total=5)\n"}) is None


@pytest.mark.parametrize(
    "line",
    [
        'password = "hunter2!"',
        'API_KEY = "0a1b2c3d4e5f67890a1b"',
        "url = postgres://app:s3cr3t@db/app",
        "key = AKIAIOSFODNN7EXAMPLE",
        'token: str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"',
        "MIIEowIBAAKCAQEA0Z3VS5JJcds3xfn7ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpI",
    ],
)
def test_what_looks_like_a_secret_is_not_copied(index: SavedOnDisk, line: str) -> None:
    before = "# see the manual\nx"
    index.save({"a.py": f"{before}{line}\n"})
    for cut in range(len(before), len(before + line) - 1):
        assert text(index, f"{(before + line)[:cut]}▏") is None


def test_code_about_secrets_is_copied(index: SavedOnDisk) -> None:
    index.save({"a.py": "def login():\n    password = getpass(prompt)\n"})
    assert text(index, "def login():\n    password = ▏") == "getpass(prompt)"


def test_the_next_line_is_not_written_twice(index: SavedOnDisk) -> None:
    index.save({"a.py": "try:\n    run()\nexcept OSError:\n"})
    assert text(index, "try:\n    ▏\n    run()\n") is None


def test_more_places_that_agree_make_surer(index: SavedOnDisk) -> None:
    index.save({"a.py": "retries = Retry(total=3)\n"})
    one = found(index, "retries = ▏")
    index.save({f"{name}.py": "retries = Retry(total=3)\n" for name in "bcdefg"})
    many = found(index, "retries = ▏")
    index.save({f"{name}.py": "retries = Other()\n" for name in "efg"})
    divided = found(index, "retries = ▏")
    assert one is not None
    assert many is not None
    assert divided is not None
    assert 0 < one.confidence < many.confidence < 1
    assert divided.confidence < many.confidence


def test_candidates_are_different_and_the_likeliest_first(index: SavedOnDisk) -> None:
    index.save({"a.py": "retries = Retry(3)\n", "b.py": "retries = Retry(3)\n"})
    index.save({"c.py": "retries = Other()\n"})
    candidates = Copies(index).candidates(at("retries = ▏"), open_texts={}, limit=2)
    assert [each.text for each in candidates] == ["Retry(3)", "Other()"]
    assert candidates[0].confidence > candidates[1].confidence
    assert candidates[0].completion != candidates[1].completion


def test_line_ends_of_windows_are_no_difference(index: SavedOnDisk) -> None:
    index.save({"a.py": "if a:\r\n    run(fast)\r\n"})
    assert text(index, "if a:\r\n    run(▏\r\n") == "fast)"
    assert text(index, "if a:\n    run(▏\n") == "fast)"
    assert text(index, "if a:\n    run(▏\n", {"b.py": "if a:\r\n    run(slow)\r\n"}) is not None


def test_a_line_of_a_million_characters_is_no_copy(index: SavedOnDisk) -> None:
    index.save({"a.js": "data = [" + "1, " * 300_000 + "]\n"})
    assert text(index, "data = ▏") is None
    assert text(index, "x" * 1_000_000 + "▏") is None


def test_half_a_surrogate_pair_is_a_character_like_others(index: SavedOnDisk) -> None:
    assert text(index, "a = '\ud800' + rest\nb\na = '\ud800' + ▏") == "rest"


def test_what_agrees_is_counted_in_characters(index: SavedOnDisk) -> None:
    index.save({"a.py": "a.é"})
    assert not Copies(index).places(at("a.é▏"), {"here.py": "a.é"})


CODE = st.text("ab. \n(é", max_size=100)


@given(
    saved=st.lists(CODE, max_size=4), opened=st.lists(CODE, max_size=2), here=CODE, data=st.data()
)
def test_no_place_agrees_longer_than_the_best_that_is_found(
    tmp_path_factory: pytest.TempPathFactory,
    saved: list[str],
    opened: list[str],
    here: str,
    data: st.DataObject,
) -> None:
    index = SavedOnDisk(tmp_path_factory.mktemp("copies"))
    index.save({f"saved{number}": each for number, each in enumerate(saved)})
    offset = data.draw(st.integers(0, len(here)))
    context, after = here[:offset], here[offset:]
    agreements = [
        *(agreement(context[:place], context) for place in range(context.rfind("\n") + 1)),
        *(agreement(after[:place], context) for place in range(len(after))),
        *(agreement(each[:place], context) for each in opened for place in range(len(each))),
        *(best_saved(each, context) for each in saved),
    ]
    best = max((each for each in agreements if each >= LEAST), default=0)
    texts = {f"open{number}": each for number, each in enumerate(opened)}
    places = Copies(index).places(at(f"{context}▏{after}"), {**texts, "here.py": here})
    assert max((place.agrees for place in places), default=0) == best
    for place in places:
        assert agreement(place.before, context) >= min(place.agrees, CONTEXT)


def best_saved(text: str, context: str) -> int:
    """In saved text, the word at the cursor has to stand where a word begins."""
    begun = re.search(r"\w*\Z", context)
    assert begun is not None
    starts = {
        token.start()
        for token in re.finditer(r"\w+|[ \t]+|\n+|[^\w\s]", text)
        if not (token[0][0] == " " and text[: token.start()].endswith("\n"))
    }
    if text and not text.endswith("\n"):
        starts.add(len(text))
    word, rest = begun[0], context[: begun.start()]
    return max(
        (
            min(CONTEXT, agreement(text[:start], rest) + len(word))
            for start in starts
            if text.startswith(word, start) and agreement(text[:start], rest)
        ),
        default=0,
    )


def agreement(one: str, other: str) -> int:
    longest = min(len(one), len(other), CONTEXT)
    return next(n for n in range(longest, -1, -1) if one[len(one) - n :] == other[len(other) - n :])
