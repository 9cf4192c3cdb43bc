"""What an editor may ask and say, one matter a file: each finds the document, calls what is plain
Python, and converts. Only these modules, `server` and `lsp_types` know LSP types."""
