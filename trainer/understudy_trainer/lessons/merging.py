"""Two lessons that are the same one, learned twice."""

from posixpath import commonpath

import msgspec

from understudy_protocol.lesson import Lesson

MOST_EVIDENCE = 20
"""Of a lesson, the newest: a release carries it, and it is learned again each night."""


def merged(older: Lesson, newer: Lesson) -> Lesson:
    """The same lesson with the newer one's rates, the newest evidence of both, and the folder that
    both lie in."""
    evidence = dict.fromkeys((*older.evidence, *newer.evidence))
    paths = older.scope.path, newer.scope.path
    path = commonpath(paths) if all(paths) else ""
    scope = msgspec.structs.replace(newer.scope, path=path)
    return msgspec.structs.replace(newer, scope=scope, evidence=tuple(evidence)[-MOST_EVIDENCE:])
