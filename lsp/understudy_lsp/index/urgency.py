"""The index is never urgent."""

import os

NICENESS = 10
"""Half of what there is: typing and the engine come first, and on an idle machine it costs
nothing."""


def be_nice() -> None:
    if hasattr(os, "nice"):
        os.nice(NICENESS - os.nice(0))
