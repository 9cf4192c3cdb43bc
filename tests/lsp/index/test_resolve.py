"""From imports to files."""

import pytest

from understudy_lsp.index.counterpart import counterpart
from understudy_lsp.index.facts import Import
from understudy_lsp.index.resolve import resolved


class Tree:
    """Paths of a folder that is not there."""

    def __init__(self, files: str, **packages: str) -> None:
        self.files = files.split()
        self.named = packages

    def has(self, path: str) -> bool:
        return path in self.files

    def ending(self, end: str) -> list[str]:
        return [path for path in self.files if f"/{path}".endswith(f"/{end}")]

    def inside(self, folder: str) -> list[str]:
        return [path for path in self.files if path.rpartition("/")[0] == folder]

    def packages(self, name: str) -> list[str]:
        return [path for path, known in self.named.items() if known == name]


PYTHON = Tree(
    "src/shop/__init__.py src/shop/cart.py src/shop/db/__init__.py src/shop/db/rows.py"
    " tests/test_cart.py tools/json.py other/shop/cart.py other/shop/__init__.py"
    " src/shop/vendor/shop/cart.py"
)
SCRIPTS = Tree(
    "web/src/app.ts web/src/cart/index.ts web/src/cart/row.tsx web/src/util.js lib/package.json"
    " lib/src/index.ts lib/src/deep.ts",
    **{"lib/package.json": "@shop/lib"},
)
GO = Tree(
    "go.mod main.go cart/cart.go cart/rows.go cart/cart_test.go other/x.go",
    **{"go.mod": "example.org/shop"},
)
RUST = Tree(
    "src/lib.rs src/cart.rs src/cart/rows.rs src/db/mod.rs src/db/pool.rs util/Cargo.toml"
    " util/src/lib.rs util/src/text.rs",
    **{"util/Cargo.toml": "util"},
)
JAVA = Tree("app/src/main/java/org/shop/Cart.java app/src/main/java/org/shop/Rows.java")
C = Tree("src/cart.c src/cart.h include/shop/rows.h")


@pytest.mark.parametrize(
    ("tree", "language", "path", "module", "item", "expected"),
    [
        (PYTHON, "python", "src/run.py", "shop.cart", "Cart", "src/shop/cart.py"),
        (PYTHON, "python", "other/main.py", "shop.cart", "", "other/shop/cart.py"),
        (PYTHON, "python", "src/shop/cart.py", "shop", "db", "src/shop/db/__init__.py"),
        (PYTHON, "python", "src/shop/cart.py", ".db", "rows", "src/shop/db/rows.py"),
        (PYTHON, "python", "src/shop/db/rows.py", "..", "cart", "src/shop/cart.py"),
        (PYTHON, "python", "src/shop/cart.py", "json", "loads", ""),
        (PYTHON, "python", "tools/run.py", "json", "loads", "tools/json.py"),
        (SCRIPTS, "typescript", "web/src/app.ts", "./cart", "Cart", "web/src/cart/index.ts"),
        (SCRIPTS, "typescript", "web/src/app.ts", "./cart/row.js", "R", "web/src/cart/row.tsx"),
        (SCRIPTS, "typescript", "web/src/cart/row.tsx", "../util", "u", "web/src/util.js"),
        (SCRIPTS, "typescript", "web/src/app.ts", "@/cart/row", "R", "web/src/cart/row.tsx"),
        (SCRIPTS, "typescript", "web/src/app.ts", "@shop/lib", "L", "lib/src/index.ts"),
        (SCRIPTS, "typescript", "web/src/app.ts", "@shop/lib/deep", "D", "lib/src/deep.ts"),
        (SCRIPTS, "typescript", "web/src/app.ts", "react", "useState", ""),
        (GO, "go", "main.go", "example.org/shop/cart", "", "cart/cart.go"),
        (GO, "go", "main.go", "fmt", "", ""),
        (RUST, "rust", "src/lib.rs", "crate::cart", "Cart", "src/cart.rs"),
        (RUST, "rust", "src/cart.rs", "self", "rows", "src/cart/rows.rs"),
        (RUST, "rust", "src/db/pool.rs", "super", "Db", "src/db/mod.rs"),
        (RUST, "rust", "src/db/pool.rs", "super::super::cart", "Cart", "src/cart.rs"),
        (RUST, "rust", "src/lib.rs", "util::text", "Text", "util/src/text.rs"),
        (RUST, "rust", "src/lib.rs", "std::fs", "File", ""),
        (JAVA, "java", "A.java", "org.shop", "Cart", "app/src/main/java/org/shop/Cart.java"),
        (JAVA, "java", "A.java", "org.shop.Cart", "MAX", "app/src/main/java/org/shop/Cart.java"),
        (C, "c", "src/cart.c", "cart.h", "*", "src/cart.h"),
        (C, "c", "src/cart.c", "shop/rows.h", "*", "include/shop/rows.h"),
        (C, "cobol", "src/cart.c", "cart.h", "*", ""),
    ],
)
def test_finds_the_file_of_an_import(
    tree: Tree, language: str, path: str, module: str, item: str, expected: str
) -> None:
    written = Import(name="x", module=module, item=item)
    found = resolved(written, path=path, language=language, paths=tree)
    assert (found[0] if found else "") == expected


TESTED = Tree(
    "src/shop/cart.py tests/shop/test_cart.py tests/other/test_cart.py web/row.ts web/row.test.ts"
    " web/__tests__/cell.tsx web/cell.tsx go/a.go go/a_test.go rs/src/b.rs rs/tests/b.rs"
    " j/src/main/java/C.java j/src/test/java/CTest.java rb/lib/d.rb rb/spec/d_spec.rb lonely.py"
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("src/shop/cart.py", "tests/shop/test_cart.py"),
        ("web/row.ts", "web/row.test.ts"),
        ("web/cell.tsx", "web/__tests__/cell.tsx"),
        ("go/a.go", "go/a_test.go"),
        ("rs/src/b.rs", "rs/tests/b.rs"),
        ("j/src/main/java/C.java", "j/src/test/java/CTest.java"),
        ("rb/lib/d.rb", "rb/spec/d_spec.rb"),
    ],
)
def test_tests_and_what_they_test_find_each_other(one: str, other: str) -> None:
    assert counterpart(one, TESTED) == other
    assert counterpart(other, TESTED) == one


@pytest.mark.parametrize("path", ["lonely.py", "Makefile", "test_.py", "a/b"])
def test_many_files_have_no_counterpart(path: str) -> None:
    assert counterpart(path, TESTED) is None
