"""Secrets in a text: where they are, and the text without them. What the gateway stores and what
the trainer learns from go through the same search."""
