"""What every test may ask for: warehouses on both databases, each empty and its own, and an environment that points nowhere else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from tests.postgres import throw_away_cluster

settings.register_profile("steady", derandomize=True)


def pytest_configure(config: pytest.Config) -> None:
    """Drawn cases are the same in every run, so that green stays green; only `make slow` goes looking for new ones."""
    if config.option.markexpr != "slow":
        settings.load_profile("steady")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a throw-away PostgreSQL cluster's database `postgres`, on a unix socket, started once per session."""
    with throw_away_cluster() as url:
        yield url


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
