import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_secrets.span import REDACTED
from understudy_trainer.curriculum.redact import redacted

KEY = "\n".join(["MIIEowIBAAKCAQEAx7Vn" + "Ab3d" * 11] * 4)


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ('password = "hunter2"', "hunter2"),
        ("self.db_passwd: str = 'tr0ub4dor'", "tr0ub4dor"),
        ('{"client_secret": "s3same"}', "s3same"),
        ("export DB_PASSWORD=hunter2", "hunter2"),
        ('api_key = "abcdef0123456789"', "abcdef0123456789"),
        ('url = "postgres://me:hunter2@host/db"', "hunter2"),
        ("# Authorization: Bearer abcdef0123456789abcdef", "abcdef0123456789abcdef"),
        ('x = "AKIAIOSFODNN7EXAMPLE"', "AKIAIOSFODNN7EXAMPLE"),
        (f'x = "ghp_{"aB3" * 12}"', "aB3aB3"),
        ('x = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"', "eyJzdWIiOiIxIn0"),
        (f'x = "{"Ab3d" * 20}"', "Ab3dAb3d"),
        (f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}\n-----END RSA PRIVATE KEY-----", "Ab3dAb3d"),
        ("-----BEGIN PRIVATE KEY-----\nshort but\nsecret\n-----END PRIVATE KEY-----", "secret\n"),
        (f'key = "{"Ab3d+" * 600}"', "Ab3d+"),
        (f'x = "npm_{"a1B2" * 9}_its_end"', "its_end"),
    ],
)
def test_a_secret_is_taken_out(line: str, secret: str) -> None:
    clean = redacted(f"before = 1\n{line}\nafter = 2\n")
    assert secret not in clean
    assert REDACTED in clean
    assert clean.startswith("before = 1\n")
    assert clean.endswith("\nafter = 2\n")


@pytest.mark.parametrize(
    "line",
    [
        "def area(width, height):",
        "password = getpass()",
        "token = next(tokens)",
        "for key, value in table.items():",
        'digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"',
        'address = "https://example.com/a/long/path/that/is/no/secret"',
        "this_is_a_rather_long_name_of_a_function_in_small_letters()",
        "if password is None or not secret:",
    ],
)
def test_ordinary_code_stays(line: str) -> None:
    assert redacted(line) == line


@given(st.text())
def test_a_clean_text_stays_clean(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once
