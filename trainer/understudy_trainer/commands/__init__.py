"""Commands of `understudy` that the trainer has."""
