"""Commands that belong to no component."""
