"""From a text that is known for a place to the suggestion that is shown there, or to the reason why
it is hidden: filters, scores, and telling everybody who has to know."""

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from understudy_lsp import clock
from understudy_lsp.choosing import SURE, both_say, copy_is_better
from understudy_lsp.copying.copies import Copy
from understudy_lsp.eagerness import good_enough, taste
from understudy_lsp.experience.moment import Moment, this_moment
from understudy_lsp.experience.telling import About
from understudy_lsp.filters.judge import judge
from understudy_lsp.filters.verdict import Hide
from understudy_lsp.journal import Opportunity
from understudy_lsp.measures import measured, word_before
from understudy_lsp.outlook import Outlook
from understudy_lsp.prospects import Prospect
from understudy_lsp.request import encodable
from understudy_lsp.reuse.cache import Hit
from understudy_lsp.reuse.place import Left
from understudy_lsp.streams import Stream
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId, LogprobSummary, Mode
from understudy_protocol.events import DiscardReason, Reuse, Source
from understudy_protocol.outcome import OutcomeModel

if TYPE_CHECKING:
    from understudy_lsp.session import Session

log = logging.getLogger(__name__)

SELDOM_TAKEN = "what is like it is seldom taken here"


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """What is known to follow at a cursor."""

    completion: CompletionId
    whole: str
    """All that is known, perhaps many lines."""
    mode: Mode
    complete: bool
    """Its writer ended it; more may follow otherwise."""
    ended: bool = True
    """Nothing more is on its way."""
    replaces: int = 0
    source: Source = Source.ENGINE
    reuse: Reuse = Reuse.NONE
    likelihood: float | None = None
    """As in a suggestion."""
    logprobs: LogprobSummary | None = None
    """Of the answer that it was cut from."""

    @staticmethod
    def of_hit(hit: Hit) -> "Text":
        return Text(
            completion=hit.answer.completion,
            whole=hit.text,
            mode=hit.answer.mode,
            complete=hit.answer.complete,
            replaces=hit.replaces,
            source=hit.answer.source,
            reuse=hit.reuse,
            likelihood=hit.answer.likelihood,
            logprobs=hit.answer.logprobs,
        )

    @staticmethod
    def of_copy(copy: Copy) -> "Text":
        return Text(
            completion=copy.completion,
            whole=copy.text,
            mode=Mode.LINE,
            complete=True,
            source=Source.COPY,
            likelihood=copy.confidence,
        )

    @staticmethod
    def of_stream(stream: Stream, left: Left, *, reuse: Reuse) -> "Text":
        return Text(
            completion=stream.running.completion,
            whole=left.text,
            mode=stream.running.mode,
            complete=stream.running.complete,
            ended=stream.running.ended,
            replaces=left.replaces,
            reuse=reuse,
            likelihood=stream.likelihood,
            logprobs=stream.logprobs,
        )


class Offer:
    """One opportunity to show something."""

    def __init__(
        self,
        session: "Session",
        outlook: Outlook,
        *,
        opportunity: Opportunity,
        manual: bool,
    ) -> None:
        self.session = session
        self.outlook = outlook
        self.folder = outlook.folder
        self.snapshot = outlook.snapshot
        self.opportunity = opportunity
        self.manual = manual
        self.began = clock.now()

    def make(self, text: Text) -> Suggestion | None:
        """The suggestion to show for the text; None if it is hidden."""
        session = self.session
        suggestion = judged(text, self.outlook)
        if isinstance(suggestion, Hide):
            return self._hidden(text, DiscardReason.FILTER, suggestion.reason)
        prospect = None
        if not self.manual:
            eagerness = session.settings.eagerness
            caution = session.attention.caution(clock.now())
            if not good_enough(suggestion, eagerness=eagerness, caution=caution):
                return self._hidden(text, DiscardReason.LOW_SCORE, "not sure enough")
            model = session.outcomes.of(self.folder.repository)
            # Without a model it decides nothing, and waits until the editor has its answer.
            prospect = partial(
                self._prospect,
                suggestion,
                text.logprobs,
                model=model,
                caution=caution,
                waited_s=clock.now() - self.began,
            )
            if model is not None and not prospect().shown:
                return self._hidden(text, DiscardReason.LOW_SCORE, SELDOM_TAKEN)
        session.later(
            partial(self._made, text, suggestion, prospect=prospect, moment=this_moment())
        )
        self.opportunity.shown = encodable(suggestion.text)
        self.opportunity.source, self.opportunity.reuse = suggestion.source, suggestion.reuse
        self.opportunity.silence = ""
        return suggestion

    def _prospect(
        self,
        suggestion: Suggestion,
        logprobs: LogprobSummary | None,
        *,
        model: OutcomeModel | None,
        caution: float,
        waited_s: float,
    ) -> Prospect:
        session, snapshot = self.session, self.snapshot
        return session.prospects.of(
            suggestion.completion,
            text=word_before(snapshot.before) + first_line(suggestion.text).strip(),
            line=(snapshot.uri, self.outlook.line),
            measure=partial(
                measured,
                suggestion,
                logprobs=logprobs,
                snapshot=snapshot,
                hole=self.outlook.hole,
                waited_s=waited_s,
                caution=caution,
            ),
            model=model,
            strictness=taste(session.settings.eagerness).strictness,
            explores=session.remembers(self.folder.repository),
        )

    def _made(
        self,
        text: Text,
        suggestion: Suggestion,
        *,
        prospect: Callable[[], Prospect] | None,
        moment: Moment,
    ) -> None:
        """The editor has been told."""
        session, snapshot = self.session, self.snapshot
        if prospect is not None:
            decided = prospect()
            suggestion = msgspec.structs.replace(
                suggestion, features=decided.features, propensity=decided.propensity
            )
        whole, complete = text.whole, text.complete
        session.cache.offered(snapshot, suggestion, whole=whole, complete=complete, now=moment.now)
        session.offered(suggestion, snapshot, self.folder, moment=moment)

    def copy(self) -> Copy | None:
        """What usually follows here in the folder."""
        if not self.session.settings.sources.copies:
            return None
        return self.outlook.copy(self.session.documents)

    def nothing(self, why: str) -> None:
        self.opportunity.silence = why

    def sure(self, copy: Copy) -> bool:
        """Whether a copy is shown before the engine has said anything."""
        return copy.confidence >= max(SURE, taste(self.session.settings.eagerness).least)

    def _hidden(self, text: Text, reason: DiscardReason, detail: str) -> None:
        log.info("a suggestion was hidden: %s (%s)", reason.value, detail)
        self.opportunity.silence = detail
        about = About(text.completion, self.folder.repository, text.source, text.reuse)
        moment = this_moment()
        tracker = self.session.tracker
        self.session.keep(tracker.discarded(about, reason=reason, detail=detail, moment=moment))


def judged(text: Text, outlook: Outlook) -> Suggestion | Hide:
    """What the filters leave of a text."""
    snapshot, is_line = outlook.snapshot, text.mode is Mode.LINE
    verdict = judge(
        first_line(text.whole) if is_line else text.whole,
        snapshot=snapshot,
        around=outlook.around,
        tree=outlook.tree,
        complete=is_line or text.ended,
    )
    if isinstance(verdict, Hide):
        return verdict
    return Suggestion(
        completion=text.completion,
        uri=snapshot.uri,
        offset=snapshot.offset,
        text=verdict.text,
        replaces=max(verdict.replaces, text.replaces),
        mode=text.mode,
        source=text.source,
        reuse=text.reuse,
        growing=not text.ended,
        likelihood=text.likelihood,
    )


def in_order(copy: Copy | None, text: Text | None) -> list[Text]:
    """What may be shown, the likelier first. Of several lines the likelihood is not known: then
    what the model wrote goes first."""
    if copy is None or text is None:
        return [Text.of_copy(copy)] if copy else [text] if text else []
    if text.likelihood is None:
        return [text, Text.of_copy(copy)]
    if text.whole.rstrip() == copy.text:
        likelihood = both_say(copy.confidence, text.likelihood)
        return [msgspec.structs.replace(text, likelihood=likelihood)]
    likelier = [text, Text.of_copy(copy)]
    return likelier[::-1] if copy_is_better(copy.confidence, text.likelihood) > 0.5 else likelier


def first_line(text: str) -> str:
    """The first line that is not blank, and the line breaks before it."""
    start = len(text) - len(text.lstrip("\n"))
    end = text.find("\n", start)
    return text if end < 0 else text[:end]
