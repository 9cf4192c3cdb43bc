"""What of an answer may be shown, and how: `judge` decides, one small pure filter a module."""
