"""What is found in files of each language."""

from importlib import resources

import pytest
import tree_sitter_language_pack
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Query

from understudy_lsp.index.definitions import facts_of
from understudy_protocol.languages import EXTENSIONS

SOURCES = {
    "python": (
        "LIMIT: int = 3\n\n@cache\ndef load(path):\n    def inner(): ...\n\n"
        "class Store(Base):\n    size = 1\n    def put(self): ...\n",
        "variable LIMIT; function load; class Store; field Store.size; method Store.put",
    ),
    "typescript": (
        "export const top = (a: number) => a;\nclass Box<T> { size = 1; put(t: T): void {} }\n"
        "interface Shape { area(): number }\ntype Id = string;\nenum Kind { A }\n"
        "export namespace N { export function inside() { const local = 1; } }\n",
        "variable top; class Box; field Box.size; method Box.put; interface Shape;"
        " method Shape.area; type Id; enum Kind; module N; function N.inside",
    ),
    "typescriptreact": (
        "export function View(p: Props) { return <b>{p.a}</b>; }\n",
        "function View",
    ),
    "javascript": (
        "var a = 1;\nfunction b() {}\nclass C { d() {} }\nexports.e = function () {};\n",
        "variable a; function b; class C; method C.d; function e",
    ),
    "go": (
        "package p\nconst A = 1\nvar B, C = 1, 2\ntype S struct{}\nfunc (s *S) Get() int {\n"
        "return 1 }\nfunc F() {}\ntype I interface { M() }\n",
        "constant A; variable B; variable C; type S; method S.Get; function F; type I; method I.M",
    ),
    "rust": (
        "pub struct S<T> { a: T }\nimpl<T> Show for S<T> { fn show(&self) {} }\nenum E { A }\n"
        "trait Show { fn show(&self); }\nconst N: u8 = 1;\nmod tests { fn check() {} }\n",
        "class S; method S.show; enum E; interface Show; method Show.show; constant N;"
        " module tests; function tests.check",
    ),
    "java": (
        "class A { int f = 1; A() {} void m() { int x = 1; } enum E { X } }\n"
        "record R(int a) {}\ninterface I { void n(); }\n",
        "class A; field A.f; method A.A; method A.m; enum A.E; class R; interface I; method I.n",
    ),
    "c": (
        "#define MAX 1\ntypedef struct point { int x; } point_t;\nint *find(int a) { return 0; }\n"
        "int declared(void);\n",
        "macro MAX; type point_t; class point_t.point; function find; function declared",
    ),
    "cpp": (
        "namespace n { class A { public: void m(); A() {} }; }\nvoid A::m() {}\n",
        "module n; class n.A; method A.m; method A.A; function A.m",
    ),
    "csharp": (
        "namespace N { class C { int P { get; } void M() {} } interface I {} enum E { A } }\n",
        "class C; field C.P; method C.M; interface I; enum E",
    ),
    "ruby": (
        "module M\n  class C\n    LIMIT = 1\n    def get\n    end\n    def self.make; end\n"
        "  end\nend\n",
        "module M; class M.C; constant C.LIMIT; method C.get; method C.make",
    ),
    "php": (
        "<?php\nclass C { function m() {} }\ninterface I {}\nfunction f() {}\n",
        "class C; method C.m; interface I; function f",
    ),
    "kotlin": (
        "class A { val p = 1\n fun m() = 1 }\nobject O\nfun f() {}\nval v = 1\n",
        "class A; field A.p; method A.m; class O; function f; variable v",
    ),
    "swift": (
        "struct S { var x = 1\n func m() {} }\nprotocol P { func q() }\n"
        "extension S { func e() {} }\n",
        "class S; field S.x; method S.m; interface P; method P.q; method S.e",
    ),
    "scala": (
        "class A { def m = 1 }\nobject O { val p = 1 }\ntrait T\n",
        "class A; method A.m; class O; variable O.p; interface T",
    ),
    "shellscript": ("X=1\ngo() { y=2; }\n", "variable X; function go"),
    "sql": (
        "create table users (id int);\ncreate view v as select 1;\n",
        "table users; field users.id; table v",
    ),
    "css": (".box { --gap: 1px; }\n", "rule box; variable box.--gap"),
}


@pytest.mark.parametrize("language", SOURCES)
def test_finds_what_a_language_defines(language: str) -> None:
    source, expected = SOURCES[language]
    found = [
        f"{each.kind} {each.container and each.container + '.'}{each.name}"
        for each in facts_of("file", language, source).definitions
    ]
    assert found == expected.split("; ")


def test_every_query_fits_its_grammar() -> None:
    tags = resources.files("understudy_lsp.index") / "tags"
    names = [file.name.removesuffix(".scm") for file in tags.iterdir()]
    assert len(names) > 15
    for name in names:
        language = tree_sitter_language_pack.get_language(name)  # type: ignore[arg-type]
        assert Query(language, (tags / f"{name}.scm").read_text()).pattern_count > 0


def test_says_how_it_is_used_and_what_it_is_for() -> None:
    source = (
        "@cache\ndef load(\n    path: str,\n    *,\n    strict: bool,\n) -> Store:\n"
        '    """Read a store.\n\n    More.\n    """\n    return Store()\n'
    )
    (load,) = facts_of("a.py", "python", source).definitions
    assert load.signature == "def load( path: str, *, strict: bool, ) -> Store:"
    assert load.doc == "Read a store."
    assert (load.path, load.start_line, load.end_line) == ("a.py", 2, 11)


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("go", "package p\n\n// Load reads.\n// More.\nfunc Load() {}\n"),
        ("typescript", "/**\n * Load reads.\n * @param a no\n */\nexport function load(a) {}\n"),
        ("rust", "/// Load reads.\n#[inline]\npub fn load() {}\n"),
        ("java", "class A {\n    /** Load reads. */\n    @Override\n    void load() {}\n}\n"),
        ("python", "# Load reads.\nlimit = 1\n"),
        ("c", "#include <a.h>\n/* Load reads. */\nint load(void);\n"),
    ],
)
def test_reads_the_comment_above(language: str, source: str) -> None:
    assert facts_of("file", language, source).definitions[-1].doc == "Load reads."


def test_an_include_is_no_comment() -> None:
    (defined,) = facts_of("a.c", "c", "#include <a.h>\n#define A 1\n").definitions
    assert defined.doc == ""


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a/go.mod", "module example.org/tool\n\ngo 1.22\n", "example.org/tool"),
        ("package.json", '{"name": "@scope/tool", "version": "1"}', "@scope/tool"),
        ("Cargo.toml", '[package]\nname = "my-tool"\n', "my_tool"),
    ],
)
def test_knows_packages_by_name(path: str, text: str, name: str) -> None:
    (package,) = facts_of(path, "", text).definitions
    assert (package.kind, package.name) == ("package", name)


@pytest.mark.parametrize("path", ["go.mod", "package.json", "Cargo.toml"])
@given(text=st.text() | st.sampled_from(['{"name": 1}', "[]", "package = 1", "[package]"]))
def test_a_manifest_may_be_anything(path: str, text: str) -> None:
    assert len(facts_of(path, "", text).definitions) <= 1


@given(
    language=st.sampled_from(sorted(EXTENSIONS)),
    lines=st.lists(
        st.sampled_from([line for source, _ in SOURCES.values() for line in source.split("\n")])
        | st.text(max_size=20)
    ),
)
def test_any_text_is_read_in_any_language(language: str, lines: list[str]) -> None:
    text = "\n".join(lines)
    for each in facts_of("file", language, text).definitions:
        assert each.name
        assert 1 <= each.start_line <= each.end_line <= text.count("\n") + 1


def test_a_name_that_is_not_written_defines_nothing() -> None:
    text = "class Box<T> { size = 1; put(t: T): void {} }"  # TypeScript, in a file of C#
    assert all(each.name for each in facts_of("file", "csharp", text).definitions)
