import base64
import random
import threading
from pathlib import Path

import msgspec
import pytest
from experience_facts import a_completion, a_replaced, an_accepted, an_ignored
from hypothesis import given
from hypothesis import strategies as st

from understudy_protocol.completion import Snippet
from understudy_protocol.events import Ignored
from understudy_secrets.search import OVERLAP, STRETCH, find_secrets
from understudy_secrets.span import Secret
from understudy_server.redaction import Place, redact_completion, redact_event

ROOT = Path(__file__).parents[2]

ALPHABET = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def token(length: int, seed: int = 1) -> str:
    # Made, not written out, so that scanners of this repository do not take it for a real one.
    letters = random.Random(seed)
    return "a1B" + "".join(letters.choice(ALPHABET) for _ in range(length - 3))


def web_token(size: int = 60) -> str:
    parts = (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"1234567890","x":"' + b"x" * size + b'"}')
    encoded = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, token(43)])


def private_key(kind: str = "RSA ", lines: int = 12) -> str:
    body = base64.b64encode(random.Random(2).randbytes(48 * lines + 20)).decode()
    cut = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{cut}\n-----END {kind}PRIVATE KEY-----\n"


AWS = "AKIA" + "Q3EGWZ7YTRD5XKLM"

TOKENS = [
    ("AWS Access Key", AWS),
    ("GitHub Token", "ghp_" + token(36)),
    ("GitHub Token", "github_pat_" + token(60)),
    ("Slack Token", "xoxb-" + "123456789012-1234567890123-" + token(24).lower()),
    ("Slack Token", "https://hooks.slack.com/services/" + f"T0123/B0123/{token(24)}"),
    ("Stripe Access Key", "sk_live_" + token(24)),
    ("Stripe Access Key", "sk_live_51" + token(97)),
    ("GitLab Token", "glpat-" + token(20)),
    ("Google API Key", "AIza" + token(35)),
    ("API Key", "sk-proj-" + token(48)),
    ("API Key", "sk-ant-api03-" + token(80)),
    ("Hugging Face Token", "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh"),
    ("NPM tokens", "npm_" + token(36)),
    ("PyPI Token", "pypi-" + "AgEIcHlwaS5vcmc" + token(80)),
    ("SendGrid API Key", f"SG.{token(22)}.{token(43)}"),
    ("JSON Web Token", web_token()),
    ("JSON Web Token", web_token(4_000)),
]

SURROUNDINGS = ["{}", 'x = "{}"', "curl -H 'X: {}' # why", "a\n  - {}\nb", "f({}, 1)\n" * 3]

ASSIGNED = [
    ('password = "{}"', "hunter2"),
    ("db_password='{}'", "tr0ub4dor&3"),
    ('{{"password": "{}"}}', "letmein"),
    ("    self.secret_key: str = '{}'", "django-insecure-4x"),
    ('if password == "{}":', "swordfish"),
    ('const apiKey = "{}";', token(20)),
    ('"access_token": "{}",', token(40)),
    ('os.environ["API_TOKEN"] = "{}"', token(16)),
    ('my $pwd := "{}"', "q"),
    ("DB_PASSWORD={}", "hunter2"),
    ("export API_KEY={}", token(20)),
    ("mysql --password={} -u me", "hunter2"),
    ("url = 'postgres://me:{}@host/db'", "hunter2"),
    ("redis://:{}@localhost:6379", "p%40ss.w0rd"),
    ('"Authorization": "Bearer {}"', token(24)),
]

HARMLESS = [
    'password = os.environ["PASSWORD"]',
    'password = getpass.getpass("Password: ")',
    "def login(user: str, password: str = None) -> Token:",
    'password: "${DB_PASSWORD}"',
    'password = "{{ vault.password }}"',
    'password = f"{prefix}"',
    'password_field = "passwd"',
    'label = {"password": "Password"}',
    'token = "identifier"',
    'fim_token = "<|fim_prefix|>"',
    "tokens = tokenizer.encode(text)",
    'secret_url = "https://example.org/docs"',
    "  id: 0b5f3c1e-8f0a-4a57-9d4e-2f1f6a1b3c4d",
    'integrity = "sha512-' + base64.b64encode(bytes(range(64))).decode() + '"',
    'sha256 = "' + "0123456789abcdef" * 4 + '"',
    "\n".join(f"{number:064x}" for number in range(2**255, 2**255 + 9)),
    "me@example.org wrote to you@example.org",
    'if header == "-----BEGIN PRIVATE KEY-----":\n    return parse_private_key(header)',
    ".sk-fading-circle-with-a-long-name { color: red }",
    "git@github.com:pallets/click.git https://github.com/pallets/click",
    "test_a_truncated_adapter_is_refused_and_nothing_is_loaded",
    'password = "********"',
]


@pytest.mark.parametrize("around", SURROUNDINGS)
@pytest.mark.parametrize(("kind", "secret"), TOKENS)
def test_tokens_of_providers_are_replaced_whole(kind: str, secret: str, around: str):
    text = around.replace("{}", secret)
    clean, kinds = redact_completion(a_completion(prefix=text, text="", suffix=""))
    assert clean.prefix == around.replace("{}", f"[redacted:{kind}]")
    assert set(kinds) == {kind}


@pytest.mark.parametrize(("around", "secret"), ASSIGNED)
def test_what_is_assigned_to_the_name_of_a_secret_is_replaced(around: str, secret: str):
    text = around.format(secret)
    [found] = find_secrets(text, "deploy.sh")
    assert text[found.start : found.end] == secret


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("config/app.yml", "  password: hunter2"),
        (".env.local", "api_key = 0a1b2c3d4e5f6a7b"),
        ("setup.cfg", "secret: s3cr3t  # do not tell"),
    ],
)
def test_files_of_settings_need_no_quotes(path: str, line: str):
    assert len(find_secrets(f"a: 1\n{line}\nb: 2", path)) == 1
    assert find_secrets(line, "app.py") == []


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_code_is_left_alone(text: str):
    assert find_secrets(text, "src/app.py") == []


def test_hardly_anything_in_this_repository_is_taken_for_a_secret():
    """One place in a hundred files at most; the patterns of `tokens.py` resemble tokens."""
    files = [
        file
        for folder in ("server", "lsp", "trainer", "docs", "requirements")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in {".py", ".json", ".txt", ".md"} and file.name != "tokens.py"
    ]
    found = [file for file in files if find_secrets(file.read_text("utf-8"), str(file))]
    assert len(files) > 50
    assert len(found) <= len(files) / 100


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH "])
def test_private_keys_are_replaced_between_their_marks(kind: str):
    key = private_key(kind)
    first, *_, last = key.splitlines()
    clean, kinds = redact_completion(
        a_completion(prefix=f'KEY = """\n{key}"""\nx = 1\n', text="", suffix="")
    )
    assert clean.prefix == f'KEY = """\n{first}[redacted:Private Key]{last}\n"""\nx = 1\n'
    assert kinds == ["Private Key"]


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.8])
def test_of_a_private_key_that_is_cut_off_neither_half_is_kept(cut: float):
    key = private_key()
    body = key.splitlines()[1:-1]
    position = int(len(key) * cut)
    for part in (key[:position], key[position:], key[60:-60]):
        clean, _ = redact_completion(a_completion(prefix=part, text="", suffix=""))
        assert not any(line in clean.prefix for line in body)
        assert len(clean.prefix) < 110


def test_a_private_key_in_one_string_literal_is_replaced():
    literal = private_key().replace("\n", "\\n")
    clean, _ = redact_completion(a_completion(prefix=f'{{"private_key": "{literal}"}}', text=""))
    assert len(clean.prefix) < 150


@pytest.mark.parametrize("cuts", [(4, 4), (4, 10), (10, 10), (0, 12), (12, 20)])
def test_a_secret_across_the_cursor_is_found(cuts: tuple[int, int]):
    prefix, text, suffix = AWS[: cuts[0]], AWS[cuts[0] : cuts[1]], AWS[cuts[1] :]
    clean, _ = redact_completion(
        a_completion(prefix=f'key = "{prefix}', text=text, suffix=f'{suffix}"\nx = 1\n')
    )
    together = clean.prefix + clean.text + clean.suffix
    assert not any(part in together for part in (prefix, text, suffix) if len(part) > 3)


def test_a_suggestion_in_the_middle_of_a_secret_does_not_hide_it():
    clean, _ = redact_completion(
        a_completion(prefix=f'x = 1\nkey = "{AWS[:10]}', text=' + "', suffix=f'{AWS[10:]}"\n')
    )
    assert clean.prefix == 'x = 1\nkey = "[redacted:AWS Access Key]'
    assert clean.suffix == '[redacted:AWS Access Key]"\n'
    assert clean.text == ' + "'


def test_snippets_are_examined_by_the_path_of_their_own_file():
    snippets = (Snippet(path=".env", text="password: hunter2"), Snippet(path="a.py", text=AWS))
    clean, kinds = redact_completion(a_completion(snippets=snippets))
    assert [snippet.text for snippet in clean.snippets] == [
        "password: [redacted:Secret Keyword]",
        "[redacted:AWS Access Key]",
    ]
    assert kinds == ["Secret Keyword", "AWS Access Key"]


def test_what_is_typed_is_examined_in_the_place_where_it_was_typed():
    place = Place(path="a.py", prefix='password = "', suffix='"\n')
    event, kinds = redact_event(an_ignored("hunter2"), place)
    assert isinstance(event, Ignored)
    assert (event.typed, kinds) == ("[redacted:Secret Keyword]", ["Secret Keyword"])
    alone = an_ignored("hunter2")
    assert redact_event(alone, None) == (alone, [])


def test_a_password_cannot_be_put_together_from_single_keystrokes():
    typed: list[str] = []
    for number, letter in enumerate("hunter2"):
        before = a_completion(prefix='password = "' + "hunter2"[:number], text="", suffix='"\n')
        stored, _ = redact_completion(before)
        place = Place(path=stored.path, prefix=stored.prefix, suffix=stored.suffix)
        event, _ = redact_event(an_ignored(letter), place)
        assert isinstance(event, Ignored)
        typed.append(event.typed)
    assert set(typed) == {"[redacted:Secret Keyword]"}


def test_what_was_written_instead_is_examined():
    event = a_replaced(f"key = '{AWS}'")
    clean, _ = redact_event(event, None)
    assert clean == msgspec.structs.replace(event, text="key = '[redacted:AWS Access Key]'")


def test_events_without_text_stay_as_they_are():
    event = an_accepted()
    assert redact_event(event, None) == (event, [])


def fail(text: str, path: str) -> list[Secret]:
    raise RecursionError(path)


def test_what_cannot_be_examined_is_left_out_whole():
    completion = a_completion(snippets=(Snippet(path="a.py", text="x"),), text="")
    clean, kinds = redact_completion(completion, find=fail)
    whole = "[redacted:Unexamined Text]"
    assert (clean.prefix, clean.text, clean.suffix) == (whole, "", whole)
    assert clean.snippets[0].text == whole
    assert kinds == ["Unexamined Text"] * 3
    event, _ = redact_event(an_ignored("typed"), None, find=fail)
    assert isinstance(event, Ignored)
    assert event.typed == whole


def test_threads_do_not_disturb_each_other():
    text = "\n".join(f'x = "{secret}"' for _, secret in TOKENS) * 3
    expected = find_secrets(text, "a.py")
    found: list[list[Secret]] = []
    threads = [
        threading.Thread(target=lambda: found.append(find_secrets(text, "a.py"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


code = st.lists(
    st.sampled_from(
        [*HARMLESS, *(each.replace("{}", AWS) for each in SURROUNDINGS), "password = '", '"', "\n"]
        + [secret for _, secret in TOKENS]
        + [around.format(secret) for around, secret in ASSIGNED]
    )
    | st.text(max_size=30),
    max_size=8,
).map("\n".join)


@given(code)
def test_redacting_what_is_redacted_changes_nothing(text: str):
    once, _ = redact_completion(a_completion(prefix=text, text="", suffix=""))
    twice, _ = redact_completion(once)
    assert twice == once


@given(
    before=st.text(max_size=3 * STRETCH), after=st.text(max_size=50), pick=st.sampled_from(TOKENS)
)
def test_a_token_is_found_wherever_it_stands(before: str, after: str, pick: tuple[str, str]):
    _, secret = pick
    text = f"{before} {secret} {after}"
    clean, _ = redact_completion(a_completion(prefix=text, text="", suffix=""))
    assert secret not in clean.prefix


@pytest.mark.parametrize("at", range(STRETCH - OVERLAP - 60, STRETCH + 20, 7))
def test_a_token_across_two_stretches_of_a_long_line_is_found(at: int):
    line = "x+" * (at // 2) + f' "{AWS}" ' + "y+" * STRETCH
    [found] = find_secrets(line, "min.js")
    assert line[found.start : found.end] == AWS
