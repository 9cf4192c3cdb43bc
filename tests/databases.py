"""Fixtures for tests of the experience store: databases to open it on.

A test that takes `store_url` runs once for each kind of database. PostgreSQL is started from the
machine's own installation, or taken from UNDERSTUDY_TEST_POSTGRES (the URL of a database in which
the user may create schemas); where there is neither, its half is skipped.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

# Ends and cleans up when its input is closed, which also happens when the tests are killed.
RUN_SERVER = """
trap "" PIPE
PATH="$1:$PATH"
cd "$2"
options="-c listen_addresses='' -c unix_socket_directories=$2 -c fsync=off"
initdb -D data -U test -A trust --no-sync >log &&
pg_ctl -D data -l log -w -o "$options" start >log && echo ready
exec >&-
cat >/dev/null
pg_ctl -D data -m immediate stop >log
rm -rf "$2"
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'experience.db'}"
        return
    yield from _empty_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty schema of a PostgreSQL database."""
    yield from _empty_database(postgres_server)


def _empty_database(server: str) -> Iterator[str]:
    # A schema of its own is as good as a database, and made in a hundredth of the time.
    name = f"test_{uuid.uuid4().hex}"
    url = make_url(server)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        in_schema = url.update_query_dict({"options": f"-csearch_path={name}"})
        yield in_schema.render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a database for tests."""
    given = os.environ.get("UNDERSTUDY_TEST_POSTGRES")
    if given:
        yield given
        return
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL: install it, or set UNDERSTUDY_TEST_POSTGRES to the URL of one")
    # PostgreSQL refuses to run as root; the path of its socket has to be short.
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = tempfile.mkdtemp(prefix="understudy-pg-", dir="/tmp")
    shutil.chown(folder, user)
    with subprocess.Popen(
        ["sh", "-c", RUN_SERVER, "sh", programs, folder],
        cwd=folder,
        user=user,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        assert keeper.stdout.read() == b"ready\n", "PostgreSQL did not start"
        yield f"postgresql+psycopg://test@/postgres?host={folder}"
        keeper.stdin.close()


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    by_version = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if os.geteuid() == 0 and not any(user.pw_name == "postgres" for user in pwd.getpwall()):
        return None
    return by_version[-1].parent if by_version else None
