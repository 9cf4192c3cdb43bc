"""Tokens that providers give out, recognised by their own shape."""

import re
from collections.abc import Iterable, Iterator
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

from understudy_secrets.span import Secret

# Left out of detect-secrets: what goes by entropy alone (hashes and ids are not secrets), public IP
# addresses, and the kinds that are a name and an assignment, which `assignments` covers.
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

_NEWER = {
    "GitHub Token": r"\bgithub_pat_\w{40}",
    "Slack Token": r"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+|\bxoxe[.-][\w.-]{20}",
    "Stripe Access Key": r"\b[rs]k_test_[0-9a-zA-Z]{16}|\bwhsec_[0-9a-zA-Z+/]{24}",
    "Google API Key": r"\bAIza[\w-]{35}|\bGOCSPX-[\w-]{20}|\bya29\.[\w-]{20}",
    "Hugging Face Token": r"\bhf_[A-Za-z]{30}",
    "NPM tokens": r"\bnpm_[A-Za-z0-9]{36}",
    "Artifactory Credentials": r"\bAKC[a-zA-Z0-9]{60}",
    "Digital Ocean Token": r"\bdo[opr]_v1_[a-f0-9]{64}",
    "Shopify Token": r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    # OpenAI's and Anthropic's. A class name such as sk-fading-circle has no capital and no digit.
    "API Key": r"\bsk-(?=[\w-]{0,60}[A-Z])(?=[\w-]{0,60}[0-9])[\w-]{20}",
    "Age Secret Key": r"\bAGE-SECRET-KEY-1[0-9A-Z]{20}",
}


def _patterns_of(detector: RegexBasedDetector) -> Iterable["re.Pattern[str]"]:
    # detect-secrets does not say of what its patterns are.
    return cast("Iterable[re.Pattern[str]]", detector.denylist)  # pyright: ignore[reportUnknownMemberType]


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    *((each.secret_type, pattern) for each in _DETECTORS for pattern in _patterns_of(each)),
    *((kind, re.compile(pattern)) for kind, pattern in _NEWER.items()),
)

_RUN = re.compile(r"\b[\w+/=-]{20,}+", re.ASCII)
_SMALL = re.compile(r"[a-z_+/=-]*+")

_JSON_WEB_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.eyJ[\w-]{4,}+(?:\.[\w-]*+)?")

_REST_OF_TOKEN = re.compile(r"[\w-]*")


def token_hints(text: str) -> Iterator[int]:
    """Where a token may be: each has a long run of characters that is no words in small letters.

    Looking for these first makes ordinary code cheap.
    """
    for run in _RUN.finditer(text):
        if _SMALL.fullmatch(run[0]) is None:
            yield run.start()


def provider_tokens(text: str) -> Iterator[Secret]:
    """`text` should be short: a few patterns take time in the square of its length."""
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            group = _secret_group(match)
            # The patterns know the shortest form; a longer one must not leave its end behind.
            rest = _REST_OF_TOKEN.match(text, match.end(group))
            yield Secret(match.start(group), rest.end() if rest else match.end(group), kind)


def json_web_tokens(text: str) -> Iterator[Secret]:
    """In linear time; they can be longer than any stretch of text would be."""
    if "eyJ" not in text:
        return
    for match in _JSON_WEB_TOKEN.finditer(text):
        yield Secret(match.start(), match.end(), "JSON Web Token")


def _secret_group(match: re.Match[str]) -> int:
    # Some patterns capture the secret in a longer match, others a mere part of the secret.
    last = match.lastindex or 0
    return last if len(match[last]) >= 24 else 0
