"""What can be set of the learner of reinforcement (`mel`)."""

import msgspec


class Reinforcement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be set."""

    holes: int = 16
    """Of a round."""
    each: int = 8
    """Answers to a hole: MEL's and GRPO's group."""
    rounds: int = 40
    """At most."""
    learning_rate: float = 5e-4
    least_spread: float = 0.2
    """Between the best and the worst reward of a group. Wrong answers differ by hundredths among
    each other, which say little for the time that learning from them takes (DAPO, section 3.2,
    leaves out groups that are right or wrong as a whole)."""
    preference_weight: float = 0.1
    """Of DPO beside the reinforcement."""
    lesson_weight: float = 0.3
    """Of what lessons led to; 0 makes no lessons."""
    lessons_from_s: float = 100.0
    """Of time for practice. In less there are some ten rounds, in which next to no sentence comes
    up often enough to be tried, and to learn to read them takes a third of the time."""
    reptile_epsilon: float = 0.5
    prompt_tokens: int = 384
    most_tokens: int = 24
    row_tokens: int = 1024
