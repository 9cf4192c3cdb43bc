"""The language server: ghost text for any editor that speaks LSP, and experience of it.

Read `suggest` first: it is the path of one suggestion, and names the others as it comes to them.

| module or package | what it is                                                                  |
| ----------------- | --------------------------------------------------------------------------- |
| `main`, `wire`    | the process: put together, and its messages over stdio or TCP               |
| `server`          | pygls with documents of ours; `features/`: what an editor may ask and say   |
| `session`         | everything that is open, and who is told of what happens to it              |
| `lines`, `document`, `open_documents` | texts as editors edit and count them                    |
| `grammars`, `language_ids` | which language they are in, and who reads it                       |
| `folders`, `repository`, `consent`    | where somebody works, and what may be remembered of it  |
| `snapshot`        | a document and a cursor at one moment: what requests work on                |
| `suggest`, `offer`, `growth` | the path of a suggestion, what is shown of it, how it grows      |
| `alternatives`    | what else there is for whoever asks by hand                                 |
| `hole/`           | where the cursor is: scope, place, line or block (tree-sitter)              |
| `attention`, `silence`, `eagerness`, `debounce` | whether, when and how readily to ask          |
| `prospects`, `lately`, `measures`, `outcome_models` | whether what would be shown would be taken |
| `reuse/`          | what is known already: typed along, asked before, running, asked ahead      |
| `copying/`        | what usually follows here, from the repository's own text                   |
| `snippets/`       | excerpts of other places that help the model                                |
| `index/`          | the workspace, read by a process of its own, asked without waiting          |
| `preparation`, `outlook` | what a request will need, worked out while nothing is asked           |
| `streams`, `request`, `gateway`, `http1` | the requests that run                                |
| `filters/`        | what of an answer may be shown                                              |
| `experience/`     | what became of a suggestion, until the gateway has it on disk               |
| `pulse`, `status`, `client` | what the editor is told by itself                                 |
| `journal`, `dashboard` | why there was a suggestion, or none; what became of them               |
| `clock`, `simulation` | the time it goes by, and a backtest's                                   |
| `commands/`, `bench/` | `understudy lsp`, `explain`, `forget`; `understudy bench edit`          |
"""
