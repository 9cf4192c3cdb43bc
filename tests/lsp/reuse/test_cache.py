from hypothesis import given
from hypothesis import strategies as st
from snapshots import snapshot_at, snapshot_of

from understudy_lsp.reuse.answer import Answer
from understudy_lsp.reuse.cache import ANSWERS, CHARACTERS, MAX_AGE_S, Hit, SuggestionCache
from understudy_lsp.reuse.place import AFTER, BEFORE, place_of
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId, Mode
from understudy_protocol.events import Reuse

CODE = st.text(alphabet="ab(){}[]\"' \n", max_size=12)


def snapshot_between(before: str, after: str) -> Snapshot:
    return snapshot_at(before + after, len(before))


def answer_at(
    snapshot: Snapshot,
    text: str,
    *,
    completion: str = "c1",
    complete: bool = True,
    mode: Mode = Mode.LINE,
    at: float = 0.0,
    replaces: int = 0,
    reuse: Reuse = Reuse.NONE,
) -> Answer:
    return Answer(
        place=place_of(snapshot),
        completion=CompletionId(completion),
        text=text,
        mode=mode,
        complete=complete,
        at=at,
        replaces=replaces,
        reuse=reuse,
    )


def offer(
    cache: SuggestionCache,
    snapshot: Snapshot,
    shown: str,
    *,
    whole: str = "",
    complete: bool = True,
    replaces: int = 0,
) -> None:
    suggestion = Suggestion(
        completion=CompletionId("c1"),
        uri=snapshot.uri,
        offset=snapshot.offset,
        text=shown,
        replaces=replaces,
    )
    cache.offered(snapshot, suggestion, whole=whole or shown, complete=complete, now=0.0)


def find(
    cache: SuggestionCache, snapshot: Snapshot, *, mode: Mode = Mode.LINE, now: float = 1.0
) -> Hit | None:
    return cache.find(snapshot, mode=mode, now=now)


def left(cache: SuggestionCache, drawn: str, *, mode: Mode = Mode.LINE) -> str | None:
    hit = find(cache, snapshot_of(drawn), mode=mode)
    return hit.text if hit else None


def reuse(cache: SuggestionCache, drawn: str) -> Reuse | None:
    hit = find(cache, snapshot_of(drawn))
    return hit.reuse if hit else None


def test_typing_along_leaves_the_rest_of_the_suggestion() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("x = ‸\ny"), "foo(bar)")
    assert left(cache, "x = fo‸\ny") == "o(bar)"
    assert reuse(cache, "x = fo‸\ny") is Reuse.TYPED
    assert left(cache, "x = fa‸\ny") is None


def test_a_suggestion_that_has_not_moved_keeps_its_origin() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("x = ‸\ny"), "foo")
    assert reuse(cache, "x = ‸\ny") is Reuse.NONE


def test_a_suggestion_that_is_offered_again_with_every_key_takes_the_room_of_one() -> None:
    cache, text = SuggestionCache(), "a" * (ANSWERS + 10)
    cache.put(answer_at(snapshot_of("older‸\n"), "foo", completion="c0"))
    for typed in range(len(text)):
        snapshot = snapshot_between("x = " + text[:typed], "\n")
        offer(cache, snapshot, text[typed:])
    assert left(cache, "older‸\n") == "foo"


def test_what_grew_while_it_was_typed_is_known_from_its_beginning() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("‸\n"), "ab")
    offer(cache, snapshot_of("a‸\n"), "b", whole="b\ncd")
    assert left(cache, "‸\n") == "ab\ncd"
    assert reuse(cache, "ab‸\n") is Reuse.REST


def test_a_typing_error_taken_back_brings_the_suggestion_back() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("x = ‸\n"), "foo")
    assert left(cache, "x = fp‸\n") is None
    assert left(cache, "x = f‸\n") == "oo"


def test_after_the_first_line_is_accepted_the_stream_goes_on() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("def f():‸\n"), "\n    a", whole="\n    a\n    b\n    c")
    assert left(cache, "def f():\n    a‸\n") == "\n    b\n    c"
    assert reuse(cache, "def f():\n    a‸\n") is Reuse.REST
    assert left(cache, "def f():\n    a\n    ‸\n") == "b\n    c"


def test_windows_line_breaks_are_the_same_line_breaks() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("def f():‸\r\n"), "\n    a", whole="\n    a\n    b")
    assert left(cache, "def f():\r\n    a‸\r\n") == "\n    b"
    imports = "import a\r\n" * BEFORE
    cache.put(answer_at(snapshot_between(imports, "\r\n"), "a\n\n\nb"))
    hit = find(cache, snapshot_between(imports + "a\r\n\r\n\r\n", "\r\n"))
    assert hit is not None
    assert hit.text == "b"


def test_an_answer_that_was_never_shown_is_found_at_its_place() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_of("x = ‸\n"), "foo"))
    assert reuse(cache, "x = ‸\n") is Reuse.CACHE
    assert reuse(cache, "x = f‸\n") is Reuse.CACHE


def test_what_was_asked_ahead_says_so() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_of("a()‸\n"), "\nb()", reuse=Reuse.AHEAD))
    assert reuse(cache, "a()‸\n") is Reuse.AHEAD
    assert left(cache, "a()\n‸\n") == "b()"


def test_a_line_that_was_answered_to_its_end_is_known_to_have_no_more() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_of("x = ‸\n"), "foo"))
    assert left(cache, "x = foo‸\n") == ""
    assert left(cache, "x = foo‸\n", mode=Mode.BLOCK) is None, "a block may follow a line"


def test_a_place_where_the_engine_had_nothing_to_say_is_not_asked_about_again() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_of("x = 1‸\n"), ""))
    assert left(cache, "x = 1‸\n") == ""


def test_more_text_is_better_than_the_knowledge_that_a_line_ends() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_of("‸\n"), "a\nb", mode=Mode.BLOCK, completion="c1"))
    cache.put(answer_at(snapshot_of("a‸\n"), "", completion="c2"))
    assert left(cache, "a‸\n") == "\nb"


def test_of_an_answer_broken_off_only_whole_lines_are_kept() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_of("‸\n"), "one\ntwo\nthr", complete=False, mode=Mode.BLOCK))
    assert left(cache, "‸\n") == "one\ntwo"
    assert left(cache, "one\ntwo‸\n") is None, "what follows is not known"
    cache.put(answer_at(snapshot_of("x‸\n"), "half a li", complete=False))
    assert left(cache, "x‸\n") is None


def test_a_text_that_a_filter_changed_is_kept_as_it_was_shown() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("‸\n"), "\ta\n", whole="    a\n    b")
    assert left(cache, "\t‸\n") == "a\n"


def test_a_filter_may_change_a_suggestion_that_is_being_typed() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("‸\n"), "abc")
    offer(cache, snapshot_of("a‸\n"), "xyz", whole="bc")
    assert left(cache, "ax‸\n") == "yz"


def test_what_comes_after_a_text_that_a_filter_changed_is_not_known() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("‸\n"), "\ta", whole="    a")
    assert left(cache, "\ta‸\n") is None


def test_of_a_stream_that_goes_on_only_whole_lines_are_kept() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("‸\n"), "a", whole="a\nb\nhal", complete=False)
    assert left(cache, "‸\n") == "a\nb"
    assert left(cache, "a\nb‸\n") is None


def test_the_suggestion_on_the_screen_goes_before_a_nearer_one() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("‸\n"), "abc")
    cache.put(answer_at(snapshot_of("a‸\n"), "bx", completion="c2"))
    assert left(cache, "a‸\n") == "bc"


def test_a_bracket_that_the_editor_closed_itself_does_not_spoil_a_suggestion() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("x = ‸\n"), "foo(bar)")
    hit = find(cache, snapshot_of("x = foo(‸)\n"))
    assert hit is not None
    assert (hit.text, hit.replaces) == ("bar)", 1)
    assert left(cache, "x = foo(bar)‸\n") == "", "… nor does stepping over it"


def test_a_bracket_that_does_not_belong_to_the_suggestion_spoils_it() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("x = ‸\n"), "foo + bar")
    assert left(cache, "x = foo‸)\n") is None
    assert left(cache, "x = ‸)\n") is None


def test_a_suggestion_that_takes_the_place_of_a_bracket_goes_on_doing_so() -> None:
    cache = SuggestionCache()
    snapshot = snapshot_of("foo(‸)\n")
    cache.put(answer_at(snapshot, "bar)", replaces=1))
    hit = find(cache, snapshot_of("foo(b‸)\n"))
    assert hit is not None
    assert (hit.text, hit.replaces) == ("ar)", 1)
    assert left(cache, "foo(b‸\n") == "ar)", "the bracket is gone, the result is the same"


def test_a_filter_that_replaces_more_has_the_last_word() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("x = ‸)\n"), "foo)")
    offer(cache, snapshot_of("x = f‸)\n"), "oo)", replaces=1)
    hit = find(cache, snapshot_of("x = fo‸)\n"))
    assert hit is not None
    assert (hit.text, hit.replaces) == ("o)", 1)


def test_another_document_with_the_same_text_is_another_place() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_of("x = ‸\n"), "foo"))
    assert find(cache, snapshot_of("x = ‸\n", language="ruby")) is None


def test_what_no_model_can_see_does_not_matter() -> None:
    before, after = "x" * BEFORE, "y" * AFTER
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_between(before, after), "foo"))
    assert find(cache, snapshot_between("an import\n" + before + "fo", after + "z")) is not None
    assert find(cache, snapshot_between("z" + before[1:], after)) is None
    assert find(cache, snapshot_between(before, after[1:] + "z")) is None


def test_a_text_that_repeats_itself_for_pages_is_no_trap() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_between("x" * 2 * BEFORE, "\n"), "xyz"))
    hit = find(cache, snapshot_between("x" * 2 * BEFORE + "xy", "\n"))
    assert hit is not None
    assert hit.text == "z"


def test_an_answer_grows_too_old() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_of("x‸"), "foo"))
    assert find(cache, snapshot_of("x‸"), now=MAX_AGE_S) is not None
    assert find(cache, snapshot_of("x‸"), now=MAX_AGE_S + 1) is None


def test_an_answer_does_not_get_younger_by_being_shown() -> None:
    cache = SuggestionCache()
    cache.put(answer_at(snapshot_of("x‸"), "foo", at=-MAX_AGE_S))
    offer(cache, snapshot_of("xf‸"), "oo")
    assert left(cache, "xf‸") is None


def test_a_rejected_completion_does_not_come_back() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("x = ‸\n"), "foo")
    cache.drop(CompletionId("c1"))
    assert left(cache, "x = ‸\n") is None
    cache.put(answer_at(snapshot_of("x = ‸\n"), "foo", completion="c1"))
    assert left(cache, "x = ‸\n") is None


def test_a_closed_document_leaves_nothing() -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_of("x = ‸\n"), "foo")
    cache.closed(snapshot_of("‸").uri)
    assert left(cache, "x = ‸\n") is None


def test_the_oldest_answers_make_room_for_new_ones() -> None:
    cache = SuggestionCache()
    for number in range(ANSWERS + 1):
        cache.put(answer_at(snapshot_of(f"line {number}‸\n"), "foo"))
    assert left(cache, "line 0‸\n") is None
    assert left(cache, "line 1‸\n") == "foo"


def test_long_answers_make_room_sooner() -> None:
    cache = SuggestionCache()
    for number in range(3):
        cache.put(answer_at(snapshot_of(f"line {number}‸\n"), "z" * (CHARACTERS // 2)))
    assert left(cache, "line 0‸\n") is None
    assert left(cache, "line 2‸\n") is not None


@given(before=CODE, text=CODE.filter(str.strip), after=CODE, steps=st.lists(st.integers(1, 4)))
def test_whoever_types_a_suggestion_through_needs_no_other_request(
    before: str, text: str, after: str, steps: list[int]
) -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_between(before, after), text)
    typed = 0
    for step in [*steps, len(text)]:
        typed = min(typed + step, len(text))
        hit = find(cache, snapshot_between(before + text[:typed], after))
        assert hit is not None
        assert hit.text == (text[typed:] if text[typed:].strip() else "")
        assert hit.replaces == 0


@given(
    places=st.lists(st.tuples(CODE, CODE, CODE, st.integers(0, 2)), min_size=1, max_size=5),
    before=CODE,
    typed=st.integers(0, 12),
    after=CODE,
    closers=st.sampled_from(["", ")", "]", '")', "))"]),
)
def test_a_hit_gives_the_document_that_its_answer_would_have_given(
    places: list[tuple[str, str, str, int]], before: str, typed: int, after: str, closers: str
) -> None:
    cache = SuggestionCache()
    taken: dict[str, str] = {}
    all_places = [*places, (before, places[0][1], after, 0)]
    for number, (start, text, end, replaces) in enumerate(all_places):
        snapshot = snapshot_between(start, end)
        cache.put(answer_at(snapshot, text, completion=str(number), replaces=replaces))
        taken[str(number)] = start + text + end[replaces:]
    text = places[0][1]
    snapshot = snapshot_between(before + text[:typed], closers + after)
    hit = find(cache, snapshot)
    if hit is not None and hit.text:
        result = snapshot.prefix + hit.text + snapshot.suffix[hit.replaces :]
        assert result == taken[hit.answer.completion]


@given(
    before=CODE,
    text=CODE.filter(str.strip),
    after=CODE,
    typed=st.integers(0, 12),
    added=st.text(alphabet=')]}"ab', max_size=3),
    taken=st.integers(0, 3),
)
def test_nothing_is_answered_once_the_text_behind_has_changed(
    before: str, text: str, after: str, typed: int, added: str, taken: int
) -> None:
    cache = SuggestionCache()
    offer(cache, snapshot_between(before, after), text)
    other = added + after[taken:]
    hit = find(cache, snapshot_between(before + text[:typed], other))
    if hit is not None and hit.text:
        assert other[hit.replaces :] == after
