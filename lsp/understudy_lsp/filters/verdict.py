"""What is made of an answer: a text to show, or the reason why it is hidden."""

from enum import StrEnum
from typing import Self

import msgspec


class Hidden(StrEnum):
    """Why an answer is not shown: one word for logs, metrics and `Discarded.detail`."""

    sentence: str
    """The same for people."""

    def __new__(cls, word: str, sentence: str) -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.sentence = sentence
        return member

    UNFINISHED = "unfinished", "The engine has not written a whole line yet."
    BLANK = "blank", "The answer holds nothing but blanks."
    SHORT = "short", "The answer is too short to be worth a look."
    CONTROL = "control", "The answer begins with control tokens of the model or with its chatter."
    SCOPE = "scope", "The answer begins outside the block that the cursor is in."
    REPETITION = "repetition", "The answer repeats itself."
    SUFFIX = "suffix", "The answer is what stands after the cursor already."
    ABOVE = "above", "The answer copies the lines above the cursor."
    BRACKETS = "brackets", "The answer begins with a closing bracket that nobody opened."
    SYNTAX = "syntax", "The answer would be a syntax error here."


class Show(msgspec.Struct, frozen=True):
    """Text for the cursor's place."""

    text: str
    replaces: int = 0
    """Characters of the cursor's line, from the cursor on, that the text takes the place of. They
    occur in the text in their order, which is what editors ask of text they draw in grey."""


class Hide(msgspec.Struct, frozen=True):
    """Nothing is shown."""

    reason: Hidden


Verdict = Show | Hide
