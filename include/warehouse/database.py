"""One database: transactions, locks that hold across processes, tables brought up to date, and faults told apart by what the caller should do."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from zlib import crc32

from filelock import FileLock, Timeout
from sqlalchemy import URL, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from include import settings
from include.exceptions import BaosongError, TryAgain

__all__ = ["HEAD", "Connection", "Warehouse", "connect"]

# The newest revision in migrations/versions; a test holds it there, so that a start-up need not import Alembic to learn that nothing is to do.
HEAD = "0006"

BUSY_SECONDS = 30.0
# In UTC, moments come as they are wanted.
_POSTGRESQL = {"connect_timeout": 10, "client_encoding": "utf8", "options": "-c timezone=UTC"}
# SQLSTATE classes and states that say "not now": connection lost, resources, operator intervention, deadlock, serialisation, lock not available.
_AWAY = ("08", "53", "57", "40001", "40P01", "55P03")
_cache: dict[tuple[str, int], "Warehouse"] = {}
_cache_lock = threading.Lock()


def connect(url: str | None = None) -> "Warehouse":
    """Return the warehouse at a SQLAlchemy URL (default: BAOSONG_WAREHOUSE), its tables up to date; one engine per URL and process.

    A fork gets its own engine: a connection must never be shared with the parent. A relative SQLite path is below the project.
    """
    given = make_url(url or settings.current().warehouse)
    address = _address(given)
    key = (address.render_as_string(hide_password=False), os.getpid())
    with _cache_lock:
        warehouse = _cache.get(key)
        if warehouse is None or not warehouse.is_there():
            warehouse = Warehouse(address)
            warehouse.migrate()
            _cache[key] = warehouse
    return warehouse


def _address(url: URL) -> URL:
    """Name the driver, and make a SQLite path absolute."""
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise BaosongError(
            f"数据库只支持 PostgreSQL 或 SQLite，请检查 BAOSONG_WAREHOUSE：{url.get_backend_name()} / only PostgreSQL or SQLite can be the warehouse"
        )
    if not url.database or url.database == ":memory:":
        raise BaosongError("SQLite 数据库须是一个文件，例如 sqlite:///var/warehouse.sqlite / give a file: the warehouse must outlive the process")
    path = settings.PROJECT / url.database
    return url.set(drivername="sqlite+pysqlite", database=str(path))


class Warehouse:
    """An open warehouse. Use `connect`."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
            self.engine: Engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
            event.listen(self.engine, "connect", _set_up_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = create_engine(url, pool_pre_ping=True, pool_size=2, connect_args=_POSTGRESQL)

    def is_there(self) -> bool:
        """Whether the SQLite file still exists (somebody may have removed `var/` under a running process); a server is asked when it is used."""
        return not self.is_sqlite or Path(str(self.url.database)).exists()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction that may write: committed at the end, undone by any exception. Writers on SQLite queue for `BUSY_SECONDS`."""
        with _telling_who_is_at_fault(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """One consistent picture of the warehouse; writers go on meanwhile, and nothing is kept of what is written here."""
        with _telling_who_is_at_fault(), self.engine.connect() as connection:
            connection = connection.execution_options(baosong_look=True)
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin() as transaction:
                yield connection
                transaction.rollback()

    @contextmanager
    def only_one(self, name: str, wait_seconds: float = 10.0) -> Iterator[None]:
        """Hold the lock of that name across processes and machines; TryAgain when another one holds it. It dies with its process."""
        busy = TryAgain(f"{name} 正在另一处运行，请稍后再试 / {name} is already running elsewhere, try again later")
        if self.is_sqlite:
            folder = Path(f"{self.url.database}.locks")
            folder.mkdir(parents=True, exist_ok=True)
            try:
                lock = FileLock(folder / f"{name}.lock", timeout=wait_seconds)
                lock.acquire()
            except Timeout:
                raise busy from None
            try:
                yield
            finally:
                lock.release()
        else:
            # Two numbers: the first keeps ours apart from other people's advisory locks in the same database.
            key = {"house": 20210601, "name": _number(name)}
            with _telling_who_is_at_fault(), self.engine.connect() as connection:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                patience = monotonic() + wait_seconds
                while not connection.execute(text("SELECT pg_try_advisory_lock(:house, :name)"), key).scalar():
                    if monotonic() >= patience:
                        raise busy
                    sleep(0.1)
                try:
                    yield
                finally:
                    connection.execute(text("SELECT pg_advisory_unlock(:house, :name)"), key)

    def migrate(self) -> None:
        """Bring the tables up to date by Alembic; costs one query when they are. A warehouse written by a newer release is refused."""
        if self._revision() == HEAD:
            return
        with self.only_one("migrate", wait_seconds=60.0):
            if self._revision() == HEAD:
                return
            from include.warehouse.migrations import knows, upgrade

            found = self._revision()
            if found is not None and not knows(found):
                raise BaosongError(
                    f"数据库由更新的版本建立（{found}），请先升级本程序 / a newer release made this warehouse ({found}): upgrade the program"
                )
            with self.begin() as connection:
                upgrade(connection)

    def _revision(self) -> str | None:
        with self.look() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def dispose(self) -> None:
        """Close every connection; the next use opens new ones."""
        self.engine.dispose()


def hold(connection: Connection, name: str) -> None:
    """Make this transaction the only writer under that name until it ends. On SQLite every writing transaction is that already."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:house, :name)"), {"house": 20210602, "name": _number(name)})


def _number(name: str) -> int:
    """A lock's name as a signed 32-bit number; two names may meet, which only makes one wait for the other."""
    return crc32(name.encode()) - 2**31


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # a receipt once given survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer that begins as a reader can find the file locked half way and cannot wait for it: begin as what we are.
    is_look = connection.get_execution_options().get("baosong_look", False)
    connection.exec_driver_sql("BEGIN" if is_look else "BEGIN IMMEDIATE")


@contextmanager
def _telling_who_is_at_fault() -> Iterator[None]:
    """Turn a database that is away or locked into TryAgain; every other fault stays what it is."""
    try:
        yield
    except DBAPIError as error:
        if is_the_world(error):
            raise TryAgain(f"数据库暂时不可用，请稍后再试 / the warehouse is away or locked, try again later: {error.orig}") from error
        raise
    except Exception as error:  # bulk loads go through the bare driver
        if not isinstance(error, BaosongError) and _is_driver_away(error):
            raise TryAgain(f"数据库暂时不可用，请稍后再试 / the warehouse is away or locked, try again later: {error}") from error
        raise


def is_the_world(error: DBAPIError) -> bool:
    """Whether waiting may help: the database is away, starting, full, or another transaction was in the way."""
    return error.connection_invalidated or (error.orig is not None and _is_driver_away(error.orig))


def _is_driver_away(error: BaseException) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return _is_locked(error)
    if type(error).__module__.partition(".")[0] != "psycopg":
        return False
    state = getattr(error, "sqlstate", None)
    # psycopg gives no state when it could not reach the server at all.
    return str(state).startswith(_AWAY) if state is not None else type(error).__name__ in ("OperationalError", "ConnectionTimeout")


def _is_locked(error: sqlite3.OperationalError) -> bool:
    return any(word in str(error) for word in ("locked", "busy", "unable to open", "disk I/O", "disk is full"))
