"""What a model says that is no code: control tokens, the frames of a chat.

Control tokens come as ids and are stopped by id, so none should arrive here; models whose
vocabulary spells them in ordinary tokens leak them all the same (TabbyML/tabby issue 2380,
sourcegraph/cody issue 1037).
"""

import re

from understudy_lsp.filters.surroundings import Surroundings
from understudy_lsp.hole.place import Place

_CONTROL = re.compile(
    r"<\|[a-z][a-z_]*\|>"  # Qwen, CodeGemma, Granite 4
    r"|<\uff5c[^\uff5c\n]{1,40}\uff5c>"  # DeepSeek; its bars are full-width
    r"|<\[(?:fim-|end▁)[^\]\n]{1,40}\]>"  # Seed-Coder
    r"|</?(?:fim_(?:prefix|suffix|middle|pad)|file_sep|repo_name)>"  # StarCoder, Mellum
    r"| ?▁?<(?:PRE|SUF|MID|EOT)>"  # Code Llama
    r"|(?m:^<(?:filename|reponame|gh_stars)>)"  # StarCoder; elsewhere in a line it is a usage text
)
_THOUGHTS = re.compile(r"^\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)
_FENCE = re.compile(r"^[ \t]*```.*$", re.MULTILINE)


def scrub(text: str, around: Surroundings) -> str:
    """The text up to the first control token or closing fence; those it begins with are left out.

    A token that stands in the document itself belongs to the person and may be written again.
    """
    text = _without(_CONTROL, _THOUGHTS.sub("", text), around)
    if around.place is Place.CODE and around.language not in FENCED:
        text = _without(_FENCE, text, around)
    return text


FENCED = frozenset({"markdown", "plaintext", "restructuredtext", "latex"})
"""Languages in which three backticks are text."""


def _without(pattern: re.Pattern[str], text: str, around: Surroundings) -> str:
    start = 0
    for found in pattern.finditer(text):
        token = found.group().strip()
        if token in around.prefix or token in around.suffix:
            continue
        if text[start : found.start()].strip():
            return text[: found.start()] if start == 0 else text[start : found.start()]
        start = found.end()
        if text.startswith("\n", start) and pattern is _FENCE:
            start += 1
    return text[start:]
