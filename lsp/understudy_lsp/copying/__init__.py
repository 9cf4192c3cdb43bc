"""What usually follows here: copies from the repository's own text."""
