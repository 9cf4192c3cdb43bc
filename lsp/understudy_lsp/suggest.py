"""The path of one suggestion, from a cursor to the text that is shown there, or to the reason why
nothing is.

    where are we?     hole/        may we ask?     attention
    have we got it?   reuse/       what usually follows here?   copying/
    wait a little     debounce     what helps the model?        snippets/
    ask               streams      may it be shown, and how?    offer

Everything is decided on a snapshot: after the first `await` nothing of the document is looked at
but whether it is still the same.
"""

import asyncio
from typing import TYPE_CHECKING

from understudy_lsp import clock
from understudy_lsp.completion_ids import new_completion_id
from understudy_lsp.copying.copies import Copy
from understudy_lsp.debounce import in_word
from understudy_lsp.eagerness import Eagerness, taste
from understudy_lsp.folders import Folder
from understudy_lsp.journal import Opportunity, Part
from understudy_lsp.offer import Offer, Text, in_order
from understudy_lsp.outlook import Outlook
from understudy_lsp.request import encodable, request_for
from understudy_lsp.reuse.ahead import READING_S, ask_ahead, worth_asking_ahead
from understudy_lsp.reuse.cache import Hit
from understudy_lsp.reuse.place import Left
from understudy_lsp.silence import Silence
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.snippets.gatherer import Gathered
from understudy_lsp.streams import Stream
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import Mode
from understudy_protocol.events import Reuse

if TYPE_CHECKING:
    from understudy_lsp.session import Session

WHOLE_BLOCK_S = 0.6
"""How long a client that cannot let a suggestion grow is kept waiting for the rest of a block:
beyond that people have typed on (p95 of what they bear, see CodeCompose 5.2)."""

TYPED_ON = "something else was typed before it was asked"


async def suggest(
    session: "Session", folder: Folder, snapshot: Snapshot, *, manual: bool, grows: bool
) -> Suggestion | None:
    """What to show at the snapshot's cursor; None is nothing. `grows`: the client asks again when
    it is told that there is more, so the first line is enough now."""
    started = clock.now()
    outlook = session.preparation.outlook(folder, snapshot)
    hole, settings = outlook.hole, session.settings
    opportunity = _opportunity(outlook)
    session.journal.add(opportunity)
    silence: Silence | None = Silence.IGNORED
    if folder.index.allowed(snapshot.path):
        silence = session.attention.may_ask(
            snapshot,
            hole,
            eagerness=settings.eagerness,
            enabled=settings.enabled and settings.speaks(snapshot.language),
            in_comments=settings.in_comments,
            manual=manual,
            now=started,
        )
    if silence is not None:
        opportunity.silence = silence
        return None
    mode = Mode.BLOCK if manual or taste(settings.eagerness).blocks else Mode.LINE
    mode = Mode.LINE if hole.mode is Mode.LINE and not manual else mode
    opportunity.mode = mode
    offer = Offer(session, outlook, opportunity=opportunity, manual=manual)
    try:
        made = await _found(offer, mode=mode, grows=grows)
    finally:
        opportunity.took_ms = (clock.now() - started) * 1000
    if made is not None and settings.eagerness is not Eagerness.MANUAL:
        session.later(lambda: session.spawn(_look_ahead(session, folder, snapshot, made)))
    return made


async def _found(offer: Offer, *, mode: Mode, grows: bool) -> Suggestion | None:
    session, snapshot = offer.session, offer.snapshot
    now = clock.now()
    hold = 0.0 if offer.manual else session.attention.hold(snapshot.uri, now)
    stream = session.streams.joinable(snapshot)
    hit = session.cache.find(snapshot, mode=mode, now=now)
    is_running = stream is not None and hit is not None and _has_more(stream, hit, snapshot)
    if hit is not None and not is_running and (hit.text or not offer.manual):
        await asyncio.sleep(hold)
        if not hit.text:
            return offer.nothing("the model said that nothing follows here")
        return offer.make(Text.of_hit(hit))
    asks_model = session.settings.sources.model
    copy = None if offer.manual and asks_model else offer.copy()
    if copy is not None and offer.sure(copy):
        # At once, and not replaced later: the engine has time for what comes after it.
        await asyncio.sleep(hold)
        if (made := offer.make(Text.of_copy(copy))) is not None:
            return made
    if not asks_model:
        await asyncio.sleep(hold)
        return offer.make(Text.of_copy(copy)) if copy else offer.nothing("nothing to copy")
    if copy is not None and stream is None and in_word(snapshot, offer.outlook.hole):
        # Most words go on before the engine could answer: then the copy is all there is.
        if not await _paused(offer, max(_copy_delay(offer), hold)):
            return offer.nothing(TYPED_ON)
        if (made := offer.make(Text.of_copy(copy))) is not None:
            return made
        copy = None
    joined, reuse = stream, Reuse.NONE
    if stream is None:
        stream = await _asked(offer, copy, mode=mode, hold=hold)
    else:
        _note(offer, stream)
        reuse = hit.reuse if hit is not None and is_running else Reuse.JOINED
        await asyncio.sleep(hold)
    if offer.manual:  # while the engine works: whoever asked by hand waits for it anyway
        copy = offer.copy()
    left = await _left(offer, stream, grows=grows) if stream else None
    if joined is not None and left is None and not joined.problem and session.is_current(snapshot):
        # Its text went another way than the keys, about which nobody has been asked yet.
        stream, reuse = await _asked(offer, copy, mode=mode, hold=0.0), Reuse.NONE
        left = await _left(offer, stream, grows=grows) if stream else None
    if stream is None:
        return offer.nothing(TYPED_ON)
    return _answered(offer, stream, left, copy=copy, reuse=reuse)


async def _asked(offer: Offer, copy: Copy | None, *, mode: Mode, hold: float) -> Stream | None:
    """Starts a request, once the person has paused for as long as is worth it; None if they did
    not pause: some editors ask about the last of several keys only."""
    session, folder, snapshot = offer.session, offer.folder, offer.snapshot
    gathered = Gathered()
    if session.settings.sources.snippets:
        gathered = offer.outlook.gathered(copy)
    delay = 0.0
    if not offer.manual:
        delay = session.debounce.delay(
            snapshot,
            offer.outlook.hole,
            eagerness=session.settings.eagerness,
            caution=session.attention.caution(clock.now()),
            now=clock.now(),
        )
    if not await _paused(offer, max(delay, hold)):
        return None
    request = request_for(
        snapshot,
        repository=folder.repository,
        completion=new_completion_id(),
        mode=mode,
        snippets=gathered.snippets,
        session=session.streams.session(snapshot.uri),
        remember=session.remembers(folder.repository),
    )
    stream = session.streams.start(snapshot, request)
    # Once it is on its way: the engine takes longer than that.
    asyncio.get_running_loop().call_soon(_asked_for, offer, stream, gathered)
    return stream


def _asked_for(offer: Offer, stream: Stream, gathered: Gathered) -> None:
    stream.parts = tuple(
        Part(encodable(each.path), each.start_line, each.text.count("\n") + 1, why, each.stable)
        for each, why in zip(gathered.snippets, gathered.reasons, strict=True)
    )
    _note(offer, stream)
    offer.outlook.look_around()


def _note(offer: Offer, stream: Stream) -> None:
    """What the model is given, for whoever asks why."""
    offer.opportunity.parts = stream.parts
    offer.opportunity.completion = stream.running.completion
    if stream.end is not None:
        offer.session.journal.answered(stream.end)


async def _paused(offer: Offer, seconds: float) -> bool:
    """Whether nothing was typed for so long."""
    if seconds <= 0:
        return True
    await asyncio.sleep(seconds)
    return offer.session.is_current(offer.snapshot)


def _copy_delay(offer: Offer) -> float:
    session, now = offer.session, clock.now()
    return session.debounce.copy_delay(
        eagerness=session.settings.eagerness, caution=session.attention.caution(now), now=now
    )


async def _left(offer: Offer, stream: Stream, *, grows: bool) -> Left | None:
    """What the request has for the cursor, once that is a line, or for a client that is told once
    more than that."""
    session, snapshot, running = offer.session, offer.snapshot, stream.running
    try:
        with running.wanted():
            left = await running.until_line(snapshot)
            if left is not None and not running.ended and running.mode is Mode.BLOCK and not grows:
                await _rest(stream)
                left = running.left(snapshot)
            return left
    finally:
        if not running.ended:
            session.streams.release(snapshot.uri)


def _answered(
    offer: Offer, stream: Stream, left: Left | None, *, copy: Copy | None, reuse: Reuse
) -> Suggestion | None:
    text = Text.of_stream(stream, left, reuse=reuse) if left is not None and left.text else None
    if copy is None and text is None:
        return offer.nothing(_why_nothing(stream))
    for each in in_order(copy, text):
        stream.offered = stream.offered or stream.wrote(each.completion)
        if (made := offer.make(each)) is not None:
            return made
    return None


def _has_more(stream: Stream, hit: Hit, snapshot: Snapshot) -> bool:
    """Whether the request that wrote what was found writes on, or has written more since."""
    left = stream.running.left(snapshot)
    if left is None or not stream.wrote(hit.answer.completion):
        return False
    return not stream.running.ended or len(left.text) > len(hit.text)


async def _rest(stream: Stream) -> None:
    try:
        async with asyncio.timeout(WHOLE_BLOCK_S):
            while not stream.running.ended:
                await stream.running.until_longer(len(stream.running.text))
    except TimeoutError:
        pass


async def _look_ahead(
    session: "Session", folder: Folder, snapshot: Snapshot, suggestion: Suggestion
) -> None:
    """After a while in which the suggestion stood there: asks as if it had been accepted."""
    await asyncio.sleep(READING_S)
    eagerness, idle = session.settings.eagerness, session.streams.idle
    if not session.stands(snapshot, suggestion):
        return
    if not worth_asking_ahead(suggestion, idle=idle, stood_s=READING_S, eagerness=eagerness):
        return
    ahead = ask_ahead(snapshot, suggestion)
    if ahead is None:
        return
    request = request_for(
        ahead.asked,
        repository=folder.repository,
        completion=new_completion_id(),
        mode=ahead.mode,
        snippets=folder.gatherer.latest(snapshot),
        session=f"{session.streams.session(snapshot.uri)}-ahead",
        remember=session.remembers(folder.repository),
    )
    session.streams.start_ahead(ahead, request)


def _opportunity(outlook: Outlook) -> Opportunity:
    return Opportunity(
        repository=outlook.folder.repository,
        path=encodable(outlook.snapshot.path),
        line=outlook.line,
        before=encodable(outlook.snapshot.before[-200:]),
        at=clock.at(),
        place=outlook.hole.place,
    )


def _why_nothing(stream: Stream) -> str:
    if stream.problem:
        return stream.problem
    if stream.running.complete:
        return "the model said that nothing follows here"
    return "what was typed went another way"
