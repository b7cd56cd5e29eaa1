"""What every test may ask for: warehouses on both databases, each empty and its own, and an environment that points nowhere else."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

INSTALL = "PostgreSQL's server programs are needed: apt-get install postgresql (looked for in /usr/lib/postgresql/*/bin and PATH)"


def _program(name: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    for folder in versions:
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        pytest.fail(INSTALL, pytrace=False)
    return found


def _as_postgres(command: list[str]) -> subprocess.CompletedProcess[str]:
    """PostgreSQL refuses to run as root: step down to its own user where we are root."""
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}{done.stderr}", pytrace=False)
    return done


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a throw-away PostgreSQL cluster's database `postgres`, on a unix socket, started once per session."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    # Short, as a socket's path may have 107 characters; and where the user postgres may go.
    base = Path("/tmp") / f"baosong-pg-{uuid4().hex[:8]}"
    base.mkdir(mode=0o755)
    if os.geteuid() == 0:
        shutil.chown(base, "postgres", "postgres")
    data = base / "data"
    try:
        _as_postgres([initdb, "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        options = f"-c listen_addresses='' -c unix_socket_directories={base} -c max_connections=50"
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        _as_postgres([pg_ctl, "-D", str(data), "-l", str(base / "log"), "-w", "-t", "60", "-o", options, "start"])
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={base}"
        finally:
            _as_postgres([pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'warehouse.sqlite'}"


@contextmanager
def _database(cluster: str, template: str) -> Iterator[str]:
    import psycopg

    from include.warehouse import database

    plain, name = cluster.replace("+psycopg", ""), f"t{uuid4().hex}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield cluster.replace("/postgres?", f"/{name}?")
    for warehouse in list(database._cache.values()):
        if warehouse.url.database == name:
            warehouse.dispose()
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(postgresql: str) -> Iterator[str]:
    """A database of its own on the session's cluster, without a table in it."""
    with _database(postgresql, "template0") as url:
        yield url


@pytest.fixture
def postgresql_filled_url(postgresql: str, postgresql_template: str) -> Iterator[str]:
    """A database of its own on the session's cluster, with the tables of an empty warehouse."""
    with _database(postgresql, postgresql_template) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite warehouse with its tables, to be copied."""
    from include.warehouse import connect

    file = tmp_path_factory.mktemp("template") / "warehouse.sqlite"
    connect(f"sqlite:///{file}").dispose()  # the last connection writes the log back into the file
    return file


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    """The name of a database with the tables of an empty warehouse, to be copied."""
    import psycopg

    from include.warehouse import connect

    with psycopg.connect(postgresql.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_warehouse")
    connect(postgresql.replace("/postgres?", "/template_warehouse?")).dispose()
    return "template_warehouse"


@pytest.fixture(params=["sqlite", "postgresql"])
def warehouse_url(request: pytest.FixtureRequest) -> str:
    """A warehouse without a row in it, once on each database."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        shutil.copy(request.getfixturevalue("sqlite_template"), url.removeprefix("sqlite:///"))
        return url
    request.getfixturevalue("postgresql_template")
    filled: str = request.getfixturevalue("postgresql_filled_url")
    return filled


@pytest.fixture
def house(warehouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A whole installation in a folder of its own, once on each database: the environment points at it. Returns the folder."""
    monkeypatch.setenv("BAOSONG_WAREHOUSE", warehouse_url)
    for name in ("inbox", "vault", "out", "outbox", "data_docs"):
        monkeypatch.setenv(f"BAOSONG_{name.upper()}", str(tmp_path / name))
    (tmp_path / "inbox").mkdir()
    monkeypatch.delenv("BAOSONG_DEFINITIONS", raising=False)
    monkeypatch.delenv("BAOSONG_LANG", raising=False)
    return tmp_path
