"""The index of a workspace: what is defined where, what a file imports, and the text of it all."""
