"""The log as an editor gets it."""

import subprocess
import sys

SAYS = """
import logging
from understudy_lsp.log import log_to_stderr
log_to_stderr()
logging.getLogger("understudy_lsp.offer").info("a suggestion was hidden")
logging.getLogger("pygls.protocol").error("what somebody typed")
logging.getLogger("httpx").info("an address")
"""


def test_it_says_why_a_suggestion_was_hidden_and_nothing_that_is_typed() -> None:
    command = [sys.executable, "-P", "-c", SAYS]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "INFO understudy_lsp.offer: a suggestion was hidden" in said
    assert len(said.splitlines()) == 1
