"""Secrets are taken out of every text before an example is cut from it.

The patterns of tokens are those of detect-secrets, as in the gateway's store. What is assigned to a
name such as `password` goes as well, and so does what looks like a line of a key.
"""

import re
from collections.abc import Callable
from typing import cast

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

Redact = Callable[[str], str]
"""From a text to the same without its secrets."""

REDACTED = "[redacted:secret]"
"""Stands for a secret. No middle holds it, so that nobody learns to write it."""

LONGEST_LINE = 2_000
"""Characters. Some patterns take time in the square of their text, so that nothing of a longer line
stays if it may hold a secret."""

_DETECTORS: tuple[RegexBasedDetector, ...] = (
    AWSKeyDetector(),
    AzureStorageKeyDetector(),
    DiscordBotTokenDetector(),
    GitHubTokenDetector(),
    GitLabTokenDetector(),
    MailchimpDetector(),
    PypiTokenDetector(),
    SendGridDetector(),
    SlackDetector(),
    SquareOAuthDetector(),
    StripeDetector(),
    TelegramBotTokenDetector(),
    TwilioKeyDetector(),
)

_NEWER = (
    r"\bgithub_pat_\w{40}",
    r"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+|\bxoxe[.-][\w.-]{20}",
    r"\b[rs]k_test_[0-9a-zA-Z]{16}|\bwhsec_[0-9a-zA-Z+/]{24}",
    r"\bAIza[\w-]{35}|\bGOCSPX-[\w-]{20}|\bya29\.[\w-]{20}",
    r"\bhf_[A-Za-z]{30}|\bnpm_[A-Za-z0-9]{36}|\bAKC[a-zA-Z0-9]{60}",
    r"\bdo[opr]_v1_[a-f0-9]{64}|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    r"\bsk-(?=[\w-]{0,60}[A-Z])(?=[\w-]{0,60}[0-9])[\w-]{20}|\bAGE-SECRET-KEY-1[0-9A-Z]{20}",
    r"(?<![\w-])eyJ[\w-]{8,}+\.eyJ[\w-]{4,}+(?:\.[\w-]*+)?",
    r"\b(?=[A-Za-z0-9+/]{0,59}[A-Z])(?=[A-Za-z0-9+/]{0,59}[0-9])[A-Za-z0-9+/]{60,}={0,2}",
)

_PRIVATE_KEY = re.compile(
    r"((?:-----|---- )BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?(?:-----| ----))"
    r"[\s\S]{1,20000}?(?=(?:-----|---- )END )"
)

_NAME = r"(?:passw(?:or)?d|passphrase|passcode|pwd|secret)[\w-]{0,40}+"
_WEAK = (
    r"(?:(?:api|access|auth|account|private|client|signing|encryption)[_-]?key|token|credential)"
    r"[\w-]{0,40}+"
)
_EQUALS = (
    r"""["'`\]]{0,2}\s{0,4}(?::\s{0,4}[\w\[\]|.?]{1,40}(?=\s{0,4}=))?"""
    r"""\s{0,4}(?:[=!]==?|=>|:=|[=:])\s{0,4}[@bru]{0,2}"""
)
_RANDOM = r"(?=[^\s\"'`]{0,99}[0-9])(?=[^\s\"'`]{0,99}[A-Za-z])[^\s\"'`]{12,400}"

_ASSIGNED = re.compile(
    rf"""(?P<before>{_NAME}{_EQUALS}(?P<quote>["'`]))(?:\\.|(?!(?P=quote))[^\\\n]){{1,400}}"""
    rf"""|(?P<weak>{_WEAK}{_EQUALS}["'`]){_RANDOM}"""
    rf"""|(?P<header>\b(?:bearer|basic)\s{{1,4}})(?=\S{{0,99}}\d)[A-Za-z0-9._~+/-]{{16,400}}=*"""
    r"""|(?P<url>://[^\s/:@"'<>`\\]{0,100}:)[^\s/@"'<>`\\{$%]{1,200}(?=@)""",
    re.IGNORECASE,
)

# As in a shell script: no blanks around the sign.
_VARIABLE = re.compile(
    r"^(?P<before>\s*(?:export\s+|ENV\s+|-\s+)?[A-Z0-9_]{0,60}"
    r"(?:PASSW(?:OR)?D|PASSPHRASE|PWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY)[A-Z0-9_]{0,40}+=)"
    r"[^\s\"'#`$<{(\[][^\s\"']{0,400}"
)

_HINT = re.compile(
    r"passw|passphrase|passcode|pwd|secret|key|token|credential|://|bearer\s|basic\s|accountkey",
    re.IGNORECASE,
)
_RUN = re.compile(r"[\w+/=-]{20,}+", re.ASCII)
_SMALL = re.compile(r"[a-z_+/=-]*+")


def redacted(text: str) -> str:
    """A text of as many lines, but for keys of several lines."""
    text = _PRIVATE_KEY.sub(rf"\1{REDACTED}", text)
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    hinted = _HINT.search(line) is not None
    # Each token has a long run of characters that is no words in small letters.
    long = any(_SMALL.fullmatch(run[0]) is None for run in _RUN.finditer(line))
    if not hinted and not long:
        return line
    if len(line) > LONGEST_LINE:
        return REDACTED
    if long:
        for pattern in _PATTERNS:
            line = pattern.sub(REDACTED, line)
    if hinted:
        line = _VARIABLE.sub(rf"\g<before>{REDACTED}", line)
        line = _ASSIGNED.sub(_kept, line)
    return line


def _kept(match: re.Match[str]) -> str:
    before = match["before"] or match["weak"] or match["header"] or match["url"]
    return f"{before}{REDACTED}"


def _patterns() -> list[re.Pattern[str]]:
    found: list[re.Pattern[str]] = []
    for each in _DETECTORS:
        # detect-secrets does not say of what its patterns are.
        found += cast("list[re.Pattern[str]]", each.denylist)  # pyright: ignore[reportUnknownMemberType]
    every = [(pattern.pattern, pattern.flags & re.IGNORECASE) for pattern in found]
    # The patterns know the shortest form; a longer one must not leave its end behind.
    every += [(pattern, 0) for pattern in _NEWER]
    return [re.compile(rf"(?:{pattern})[\w-]*", flags) for pattern, flags in every]


_PATTERNS = _patterns()
