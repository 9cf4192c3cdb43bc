"""Line comments, language by language: for prompts that name files in a comment."""

COMMENT_LEADERS = {
    "//": "c cc cpp cs cts cxx dart fs go groovy h hpp java js jsx kt kts less m mjs mm mts php"
    " proto rs scala scss sol swift ts tsx v zig",
    "--": "ada adb ads elm hs lua sql vhd vhdl",
    ";": "asm clj cljs el lisp lsp rkt scm",
    "%": "erl hrl sty tex",
    '"': "vim",
}
"""What begins a line comment, with the extensions of the files in which it does."""


def comment_leader(path: str) -> str:
    """What begins a line comment in the language of `path`, judged by its extension."""
    extension = path.rpartition(".")[2].lower()
    return next(
        (lead for lead, known in COMMENT_LEADERS.items() if extension in known.split()), "#"
    )
