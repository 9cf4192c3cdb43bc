"""A right and a wrong answer to the same hole: what a lesson is made of."""

import msgspec

from understudy_trainer.repoworld.hole import Hole


class Pair(msgspec.Struct, frozen=True):
    hole: Hole
    right: str
    """The hole's middle, or another answer that was verified."""
    wrong: str
    commit: str = ""
    """The commit that the hole was cut from; "" if that is not known."""

    def with_right(self) -> str:
        """The whole file with the right answer in its place."""
        return self.hole.prefix + self.right + self.hole.suffix

    def with_wrong(self) -> str:
        return self.hole.prefix + self.wrong + self.hole.suffix
