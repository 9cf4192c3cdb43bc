"""One or more documents that a test edits as an editor would, with a tracker that follows them."""

from understudy_lsp.experience.moment import Moment
from understudy_lsp.experience.tracker import Tracker
from understudy_lsp.snapshot import Edit
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId
from understudy_protocol.events import Event
from understudy_protocol.repository import RepositoryId

CLICK = RepositoryId("click-3f9a1c2b8d4e")
FILE = "file:///project/src/core.py"


def completion_id(number: int) -> CompletionId:
    return CompletionId(f"00000000-0000-4000-8000-{number:012d}")


class Editing:
    """An editor, a clock that only moves when told to, and everything the tracker has said."""

    def __init__(self, text: str = "", **tells: bool) -> None:
        self.texts = {FILE: text}
        self.now = 100.0
        self.told: list[Event] = []
        self.tracker = Tracker(self.texts.get, **tells)

    @property
    def moment(self) -> Moment:
        return Moment(now=self.now, at=round(self.now * 1000))

    def say(self, events: list[Event]) -> list[Event]:
        self.told += events
        return events

    def wait(self, seconds: float) -> list[Event]:
        self.now += seconds
        return self.say(self.tracker.tick(moment=self.moment))

    def offer(
        self, number: int, text: str, *, at: int | None = None, uri: str = FILE, **fields: object
    ) -> list[Event]:
        offset = len(self.texts[uri]) if at is None else at
        suggestion = Suggestion(
            completion=completion_id(number),
            uri=uri,
            offset=offset,
            text=text,
            **fields,  # pyright: ignore[reportArgumentType]
        )
        return self.say(self.tracker.offered(suggestion, CLICK, moment=self.moment))

    def show(self, number: int, text: str, **fields: object) -> None:
        """Offer it, and let it stand for a second."""
        self.offer(number, text, **fields)  # pyright: ignore[reportArgumentType]
        self.wait(1.0)

    def edit(
        self, inserted: str, *, at: int | None = None, removes: int = 0, uri: str = FILE
    ) -> list[Event]:
        start = len(self.texts[uri]) if at is None else at
        return self.edits(Edit(start, self.texts[uri][start : start + removes], inserted), uri=uri)

    def edits(self, *edits: Edit, uri: str = FILE) -> list[Event]:
        """Several changes in one notification, each in the text before it."""
        for edit in edits:
            text = self.texts[uri]
            end = edit.start + len(edit.removed)
            assert text[edit.start : end] == edit.removed
            self.texts[uri] = text[: edit.start] + edit.inserted + text[end:]
        return self.say(self.tracker.edited(uri, edits, moment=self.moment))

    def type(self, keys: str, *, at: int | None = None) -> None:
        for number, key in enumerate(keys):
            self.edit(key, at=None if at is None else at + number)
            self.now += 0.1

    def accept(self, number: int) -> list[Event]:
        return self.say(self.tracker.accepted(completion_id(number), moment=self.moment))

    def take(self, number: int, length: int) -> list[Event]:
        completion = completion_id(number)
        return self.say(self.tracker.partially_accepted(completion, length, moment=self.moment))

    def draw(self, number: int) -> list[Event]:
        return self.say(self.tracker.shown(completion_id(number), moment=self.moment))

    def reject(self, number: int) -> list[Event]:
        return self.say(self.tracker.rejected(completion_id(number), moment=self.moment))

    def move(self, offset: int, uri: str = FILE) -> list[Event]:
        return self.say(self.tracker.cursor(uri, offset, moment=self.moment))

    def close(self, uri: str = FILE, on_disk: str | None = None) -> list[Event]:
        self.texts.pop(uri, None)
        return self.say(self.tracker.closed(uri, on_disk=on_disk, moment=self.moment))

    def finish(self) -> list[Event]:
        return self.say(self.tracker.finish(moment=self.moment))

    def kinds(self) -> list[str]:
        return [tag(event) for event in self.told]


def tag(event: Event) -> str:
    return str(event.__struct_config__.tag)
