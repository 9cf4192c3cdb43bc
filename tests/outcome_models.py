"""Outcome models for tests."""

import msgspec

from understudy_protocol.outcome import OutcomeModel, OutcomeProof

PROOF = OutcomeProof(
    suggestions=300,
    taken_before=0.4,
    taken=0.6,
    gain_low=0.1,
    gain_high=0.3,
    hidden=0.3,
    lost=0.02,
)

SEEING_NOTHING = OutcomeModel(bias=0.0, weights={}, below=0.0, proof=PROOF)
"""Finds everything as likely as not, and hides nothing."""

HIDING_ALL = msgspec.structs.replace(SEEING_NOTHING, bias=-8.0, below=0.5)
