"""What came to stand where a line was refused, and nobody said what was written instead.

People refuse a line, think, and write another one later than the language server looks. It is taken
to stand between the same two lines, to begin as the line did that the cursor was on, and to end
with what stood behind the cursor. The line below is asked for, too: a line that was given up again
leaves the one below it, which may begin the same. Where this is not so, or is so twice, nothing is
known.

Nor is it where the suggestion itself stands there: the commit may be older than the refusal, and
nobody said that it was right.
"""

from understudy_protocol.completion import Completion, Mode
from understudy_protocol.languages import language_of
from understudy_trainer.curriculum.events import Life
from understudy_trainer.curriculum.places import Places
from understudy_trainer.reinforce.served import plain
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.verifier import verify


def written_later(life: Life, completion: Completion, places: Places) -> list[str]:
    """The rest of the line at the cursor, if it is sure; of one text at most."""
    if not life.refused or life.whole or life.part or life.kept is not None:
        return []
    # Where a block ends says no line.
    if completion.mode is not Mode.LINE:
        return []
    prefix, suffix = plain(completion.prefix), plain(completion.suffix)
    found = _between(prefix, suffix, places.files.get(completion.path, ""))
    if len(found) != 1:
        return []
    hole = Hole(
        world="",
        kind="experience",
        path=completion.path,
        language=language_of(completion.path) or "",
        prefix=prefix,
        middle=found[0],
        suffix=suffix,
    )
    return [] if verify(hole, plain(completion.text)) else found


def _between(prefix: str, suffix: str, whole: str) -> list[str]:
    *above, start = prefix.split("\n")
    rest, *below = suffix.split("\n")
    rest = rest.rstrip()
    before = next((line.strip() for line in reversed(above) if line.strip()), "")
    after = next((line.strip() for line in below if line.strip()), "")
    lines = [line.rstrip() for line in whole.split("\n") if line.strip()]
    return [
        line[len(start) : len(line) - len(rest)]
        for last, line, following in zip(lines, lines[1:], lines[2:], strict=False)
        if (last.strip(), following.strip()) == (before, after)
        and line.startswith(start)
        and line.endswith(rest)
        and len(line) > len(start) + len(rest)
    ]
