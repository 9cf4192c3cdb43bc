"""Sub-commands of `understudy` that belong to the language server."""
