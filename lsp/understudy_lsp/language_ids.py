"""Which language a document is in, by the protocol's own id. Editors say it in words of their own:
Emacs' Eglot sends the names of its modes (`js`, `c++`), Neovim its file types (`cs`, `sh`).
"""

from understudy_lsp.grammars import GRAMMARS
from understudy_protocol.languages import language_of

_NAMES: dict[str, str] = {
    "python": "py python3 python2",
    "typescript": "ts mts cts",
    "typescriptreact": "tsx typescript.tsx typescript-react",
    "javascript": "js js2 mjs cjs node",
    "javascriptreact": "jsx js-jsx rjsx javascript.jsx javascript-react",
    "go": "golang",
    "rust": "rs rustic",
    "cpp": "c++ cxx cc",
    "csharp": "cs c# c-sharp",
    "ruby": "rb enh-ruby",
    "kotlin": "kt",
    "shellscript": "sh bash zsh ksh shell shell-script",
    "yaml": "yml",
    "toml": "conf-toml",
    "json": "js-json",
    "markdown": "md gfm",
    "html": "htm mhtml",
}
"""LSP language id → what else it is called."""

_IDS = {name: id_ for id_, names in _NAMES.items() for name in names.split()}

_THEIR_OWN = frozenset(
    {"plaintext", "objective-c", "objc", "objective-cpp", "objcpp", "xml", "handlebars", "razor"}
)
"""Languages without a grammar of ours whose files may be named like another's (`.h`, `.ts`,
`.html`). And whoever says that a file is plain text means it."""


def language_id(named: str) -> str:
    """The protocol's id for an editor's name; the name itself if there is none that we know."""
    return _IDS.get(named.lower(), named)


def language_in(uri: str, *, named: str) -> str:
    """Of a document that its editor says to be in `named`; by its extension if we do not know
    that name."""
    id_ = language_id(named)
    for known in (id_, id_.lower()):
        if known in GRAMMARS or known in _THEIR_OWN:
            return known
    return language_of(uri) or id_
