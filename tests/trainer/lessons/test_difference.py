"""What kind of difference there is between two answers."""

import pytest
from planted_pairs import planted_pairs
from task_sets import hole

from understudy_trainer.lessons.bifurcation import bifurcation
from understudy_trainer.lessons.difference import Difference, Kind, difference
from understudy_trainer.lessons.pair import Pair

KINDS = {
    "argument added": Kind.EXTRA_ARGUMENT,
    "argument removed": Kind.MISSING_ARGUMENT,
    "name swapped": Kind.NAME,
    "call replaced": Kind.CALL,
    "order changed": Kind.ORDER,
    "type changed": Kind.TYPE,
    "keyword renamed": Kind.KEYWORD,
    "literal changed": Kind.LITERAL,
    "attribute changed": Kind.ATTRIBUTE,
    "operator changed": Kind.OPERATOR,
}


def between(
    right: str, wrong: str, *, language: str = "python", before: str = "", after: str = "\n"
) -> Difference | None:
    cut = hole(right, prefix=before, suffix=after, language=language)
    return of(Pair(cut, right, wrong))


def of(pair: Pair) -> Difference | None:
    at = bifurcation(pair)
    return at and difference(at)


def test_what_was_planted_is_what_is_seen() -> None:
    wrong = [
        (each.kind, found, each.pair.right, each.pair.wrong)
        for each in planted_pairs(200, seed=1)
        if (found := of(each.pair)) is None or found.kind is not KINDS[each.kind]
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("language", "right", "wrong"),
    [
        ("python", "requests.get(url, timeout=5)", "requests.get(url)"),
        ("typescript", "http.get(url, { timeout: 5 });", "http.get(url, {});"),
        ("javascript", "http.get(url, 5);", "http.get(url);"),
    ],
)
def test_an_argument_that_was_left_out(language: str, right: str, wrong: str) -> None:
    found = between(right, wrong, language=language)
    assert found is not None
    assert found.kind is Kind.MISSING_ARGUMENT
    assert found.callee == right.partition("(")[0]
    assert found.keywords == (("timeout",) if "timeout" in right else ())
    assert found.arguments == 2


@pytest.mark.parametrize(
    ("language", "before", "after", "callee"),
    [
        ("go", "package a\n\nfunc f() {\n\tx := ", "\n}\n", "http.Get"),
        ("rust", "fn f() {\n    let x = ", ";\n}\n", "http::get"),
        ("java", "class A {\n    void f() {\n        var x = ", ";\n    }\n}\n", "this.http.get"),
    ],
)
def test_calls_are_calls_in_every_language(
    language: str, before: str, after: str, callee: str
) -> None:
    def seen(right: str, wrong: str) -> Difference:
        found = between(right, wrong, language=language, before=before, after=after)
        assert found is not None
        return found

    made = seen(f"{callee}(url, 5)", f"{callee}(url)")
    assert (made.kind, made.arguments) == (Kind.MISSING_ARGUMENT, 2)
    assert made.callee == callee.replace("::", ".").removeprefix("this.")
    assert seen(f"{callee}(url)", f"{callee}(url, 5)").kind is Kind.EXTRA_ARGUMENT
    assert seen(f"{callee}(url)", f"{callee}(uri)").kind is Kind.NAME
    assert seen(f"{callee}(5)", f"{callee}(6)").kind is Kind.LITERAL
    assert seen(f"{callee}(a, b)", f"{callee}(b, a)").kind is Kind.ORDER
    assert seen(f"{callee}(a)", "post(a)").kind is Kind.CALL
    assert seen("a + b", "a - b").kind is Kind.OPERATOR
    assert seen("a.b", "a.c").kind is Kind.ATTRIBUTE


@pytest.mark.parametrize(
    ("language", "right", "wrong"),
    [
        ("typescript", "const x: Money = 1;", "const x: number = 1;"),
        ("go", "package a\n\nvar x Money", "package a\n\nvar x int"),
        ("rust", "const X: Money = 1;", "const X: u8 = 1;"),
        ("java", "class A { Money x; }", "class A { int x; }"),
        ("python", "x: list[Money] = []", "x: list[int] = []"),
    ],
)
def test_types_are_types_in_every_language(language: str, right: str, wrong: str) -> None:
    found = between(right, wrong, language=language)
    assert found is not None
    assert (found.kind, found.right) == (Kind.TYPE, "Money")


def test_the_nearest_call_is_named() -> None:
    found = between("outer(inner(a, b), c)", "outer(inner(a, d), c)")
    assert found == Difference(Kind.NAME, "inner", "b", "d", arguments=2)


def test_the_argument_that_holds_the_difference_is_named() -> None:
    found = between("f(x, mode=fast)", "f(x, mode=slow)")
    assert found == Difference(Kind.NAME, "f", "fast", "slow", ("mode",), 2)


def test_another_keyword_with_another_value_is_another_keyword() -> None:
    found = between("f(x, timeout=5)", "f(x, verify=False)")
    assert found == Difference(Kind.KEYWORD, "f", "timeout", "verify", ("timeout",), 2)


def test_of_several_arguments_those_that_only_one_answer_has() -> None:
    found = between("f(a, depth=1, mode=2)", "f(b, depth=1)")
    assert found is not None
    assert (found.kind, found.keywords) == (Kind.MISSING_ARGUMENT, ("mode",))


def test_what_is_spread_has_no_number() -> None:
    found = between("f(a, *rest)", "f(b, *rest)")
    assert found is not None
    assert found.arguments is None


def test_another_function_with_other_arguments_is_another_call() -> None:
    found = between("self.load(path, mode)", "read(path)")
    assert found is not None
    assert (found.kind, found.right, found.wrong) == (Kind.CALL, "load", "read")


@pytest.mark.parametrize(
    ("right", "wrong"), [("x = parse(x)", "x = x"), ("x = attr.s(x)", "x = attr.s")]
)
def test_a_call_where_nothing_was_called_is_no_other_call(right: str, wrong: str) -> None:
    found = between(right, wrong)
    assert found is not None
    assert found.kind is Kind.OTHER


def test_statements_that_only_one_answer_has() -> None:
    def kind(right: str, wrong: str) -> Kind | None:
        found = between(right, wrong, before="def f(x):\n    a = 1\n", after="    return a\n")
        return found and found.kind

    assert kind("    log(x)\n", "") is Kind.MISSING_STATEMENT
    assert kind("", "    log(x)\n") is Kind.EXTRA_STATEMENT


def test_of_several_statements_that_differ_the_first_one_counts() -> None:
    found = between(
        "save(order)\n    log(order)\n    return order.id",
        "save(order, retries=3)\n    audit(order)\n    return order.name",
        before="def f(order):\n    ",
    )
    assert found == Difference(
        Kind.EXTRA_ARGUMENT, "save", "", "retries=3", keywords=("retries",), arguments=1
    )


def test_what_a_block_holds_is_no_difference_of_the_statement_above_it() -> None:
    found = between(
        "if order.is_paid:\n        return load(order)",
        "if order.is_sent:\n        return read(order)",
        before="def f(order):\n    ",
    )
    assert found == Difference(Kind.ATTRIBUTE, "", "is_paid", "is_sent")


def test_blanks_and_comments_before_the_first_difference_change_nothing() -> None:
    found = between(
        "a = 1\n    b = load(url, timeout=a)",
        "a  =  1  # one\n\n    # two\n    b = load(url)",
        before="def f(url):\n    ",
    )
    assert found is not None
    assert (found.kind, found.callee, found.keywords) == (
        Kind.MISSING_ARGUMENT,
        "load",
        ("timeout",),
    )


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        ("log(x)\n    save(x)", "save(x)", Kind.MISSING_STATEMENT),
        ("save(x)", "log(x)\n    save(x)", Kind.EXTRA_STATEMENT),
        ("log(x)\n    save(x)", "audit(x)\n    save(x)", Kind.CALL),
        ("return x", "return x\n    log(x)", Kind.EXTRA_STATEMENT),
    ],
)
def test_a_statement_is_another_or_one_that_only_one_answer_has(
    right: str, wrong: str, kind: Kind
) -> None:
    found = between(right, wrong, before="def f(x):\n    ", after="\n\n\nz = 3\n")
    assert found is not None
    assert found.kind is kind


def test_a_callback_is_not_an_argument_of_what_takes_it() -> None:
    found = between(
        "return left;",
        "return right;",
        language="javascript",
        before="items.map(() => {\n  ",
        after="\n});\n",
    )
    assert found is not None
    assert (found.kind, found.callee) == (Kind.NAME, "")


def test_comments_layout_and_trailing_commas_are_no_difference() -> None:
    assert between("f(a, b)", "f(\n    a,  # first\n    b,\n)") is None


def test_an_answer_that_does_not_parse_is_broken() -> None:
    found = between("f(a)", "f(((")
    assert found is not None
    assert found.kind is Kind.BROKEN


def test_without_a_grammar_nothing_is_said() -> None:
    assert between("a", "b", language="ini") is None
