"""A person at the keyboard, an engine that is right for a while, and the cache between them."""

from hypothesis import given
from hypothesis import strategies as st
from snapshots import snapshot_at

from understudy_lsp.reuse.cache import SuggestionCache
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId, Mode

TEXT = st.text(alphabet="abc(). \n", min_size=1, max_size=40)
ACTIONS = st.lists(st.sampled_from(["key", "mistake", "accept", "accept word", "move away"]))
WRONG = "~"


class Typist:
    """Writes `text` in front of `after`, and asks after everything that is done."""

    def __init__(self, text: str, after: str, *, right_for: int) -> None:
        self.text = text
        self.after = after
        self.right_for = right_for
        self.written = 0
        self.known = 0
        """As far as the engine has told what will be written."""
        self.shown = ""
        self.calls = 0
        self.cache = SuggestionCache()

    def act(self, action: str) -> None:
        fits = self.text.startswith(self.shown, self.written)
        if action == "mistake":
            self.ask(self.text[: self.written] + "#")
        elif action == "move away":
            self.ask("")
        elif action == "accept" and self.shown and fits:
            self.written += len(self.shown)
        elif action == "accept word" and self.shown and fits:
            self.written += self.shown.find(" ") + 1 or len(self.shown)
        else:
            self.written = min(self.written + 1, len(self.text))
        self.ask(self.text[: self.written])

    def ask(self, before: str) -> None:
        snapshot = snapshot_at(before + self.after, len(before))
        hit = self.cache.find(snapshot, mode=Mode.LINE, now=1.0)
        completion = hit.answer.completion if hit else CompletionId(f"call {self.calls}")
        whole = hit.text if hit else self.answer(before)
        shown = whole[: (whole + "\n").index("\n", 1)] if whole else ""
        suggestion = Suggestion(
            completion=completion, uri=snapshot.uri, offset=snapshot.offset, text=shown
        )
        if shown:
            self.cache.offered(snapshot, suggestion, whole=whole, complete=True, now=1.0)
        self.shown = shown

    def answer(self, before: str) -> str:
        self.calls += 1
        if before != self.text[: self.written]:
            return WRONG
        assert self.written >= self.known, "asked for what the engine has told already"
        self.known = self.written + self.right_for
        return self.text[self.written : self.known] + WRONG


@given(text=TEXT, after=TEXT, right_for=st.integers(1, 20), actions=ACTIONS)
def test_nothing_is_asked_twice_whatever_a_person_does(
    text: str, after: str, right_for: int, actions: list[str]
) -> None:
    typist = Typist(text, after, right_for=right_for)
    typist.ask("")
    for action in [*actions, *["key"] * len(text)]:
        typist.act(action)
    assert typist.written == len(text)
