"""The kinds of holes, and where they are in a file.

| module | what it holds |
| --- | --- |
| `kinds.toml`, `kind` | the table of the 50 kinds |
| `python`, `javascript`, `go`, `rust`, `java` | which node of a language's tree makes which kind |
| `spans` | applies that to a text |
| `holes` | the places where a hole may be cut, and the kind of a place |
| `page` | docs/kinds.md |
"""
