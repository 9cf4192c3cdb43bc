"""Other code: modules of Python's standard library, which every machine has and nobody's night is
about.

Some of it is mixed into what a night practises, and holes of other modules show what it forgot.
"""

import random
import sysconfig
from pathlib import Path

from understudy_trainer.curriculum.example import Example
from understudy_trainer.repoworld.kinds.holes import holes_in

PRACTISED = """
abc argparse ast base64 bisect calendar cmd codecs collections/__init__ configparser contextlib
copy csv dataclasses datetime difflib enum fileinput fnmatch fractions functools getopt glob gzip
heapq http/client imaplib inspect ipaddress json/decoder logging/__init__ mailbox netrc numbers
optparse pathlib pickle platform plistlib pprint queue random sched shelve shlex shutil smtplib
socketserver statistics string subprocess tarfile tempfile textwrap threading timeit tokenize
"""

ASKED = """
bdb cgitb code concurrent/futures/thread email/message ftplib html/parser http/cookiejar
json/encoder locale mimetypes ntpath poplib pstats pyclbr reprlib sqlite3/dump stat symtable
tomllib/_parser trace traceback types unittest/mock urllib/parse uuid wave weakref zipapp zipfile
"""


def practised_anchors(count: int, *, seed: int) -> tuple[Example, ...]:
    """To be replayed."""
    return _drawn(PRACTISED, count, seed)


def asked_anchors(count: int, *, seed: int) -> tuple[Example, ...]:
    """To be proved on."""
    return _drawn(ASKED, count, seed)


def _drawn(modules: str, count: int, seed: int) -> tuple[Example, ...]:
    """Spread over the modules as evenly as they allow; those that this Python lacks are left
    out."""
    library = Path(sysconfig.get_path("stdlib"))
    dice = random.Random(f"{seed} anchors")
    found = [path for name in modules.split() if (path := library / f"{name}.py").is_file()]
    chosen: list[Example] = []
    for number, path in enumerate(found):
        quota = (count * (number + 1)) // len(found) - (count * number) // len(found)
        text = path.read_text(encoding="utf-8")
        places = holes_in(text, "python")
        for place in dice.sample(places, min(quota, len(places))):
            chosen.append(
                Example(
                    unit="implementation",
                    path=path.relative_to(library).as_posix(),
                    commit="",
                    language="python",
                    prefix=text[: place.start],
                    middle=text[place.start : place.end],
                    suffix=text[place.end :],
                )
            )
    return tuple(chosen)
