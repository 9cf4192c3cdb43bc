"""Where the cursor stands: the place, the scope, line or block, and the names near it."""
