"""Where things stand and how far the pipeline may go, from the environment (BAOSONG_*), with defaults that work in a fresh clone."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DEFINITIONS = Path(__file__).resolve().parent / "definitions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may cost before it is refused, and how many readers work at once."""

    file_bytes: int = 50_000_000
    unpacked_bytes: int = 400_000_000
    archive_entries: int = 5_000
    cells: int = 2_000_000
    cell_characters: int = 100_000
    seconds: float = 20.0
    memory_bytes: int = 2_000_000_000
    workers: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One installation. Paths may be any fsspec address; relative ones are below the project.

    `warehouse` is a SQLAlchemy URL. `inbox` is the parent of the campaigns' folders, `outbox` holds `<campaign>/<unit>/` with what units get back,
    `definitions` lists further definition folders beside our own. `watch_from`: deadlines before it are not caught up by the scheduler (an
    installation that begins after a campaign ended need not replay it). `board_users` is the YAML file that says who sees what on the board.
    `channels` says by which ways reminders go out: addresses separated by blanks, or a YAML file outside the definitions, as addresses hold secrets.
    """

    warehouse: str
    inbox: str
    vault: str
    out: str
    outbox: str
    data_docs: str
    definitions: tuple[Path, ...]
    language: str
    watch_from: datetime | None
    channels: str
    board_users: Path | None
    limits: Limits


def current() -> Settings:
    """Read the environment anew. Instants are ISO 8601 with a zone."""
    var = PROJECT / "var"
    get = os.environ.get
    usual = Limits()
    watch_from = get("BAOSONG_WATCH_FROM")
    return Settings(
        warehouse=get("BAOSONG_WAREHOUSE") or f"sqlite:///{var / 'warehouse.sqlite'}",
        inbox=get("BAOSONG_INBOX") or str(var / "inbox"),
        vault=vault(),
        out=get("BAOSONG_OUT") or str(var / "out"),
        outbox=get("BAOSONG_OUTBOX") or str(var / "outbox"),
        data_docs=get("BAOSONG_DATA_DOCS") or str(var / "data_docs"),
        definitions=tuple(Path(p) for p in (get("BAOSONG_DEFINITIONS") or "").split(os.pathsep) if p),
        language=get("BAOSONG_LANG") or "zh",
        watch_from=datetime.fromisoformat(watch_from) if watch_from else None,
        channels=get("BAOSONG_CHANNELS") or "",
        board_users=Path(get("BAOSONG_BOARD_USERS", "")) if get("BAOSONG_BOARD_USERS") else None,
        limits=Limits(
            seconds=float(get("BAOSONG_READ_SECONDS") or usual.seconds),
            memory_bytes=int(get("BAOSONG_READ_MEMORY") or usual.memory_bytes),
            workers=int(get("BAOSONG_READ_WORKERS") or max(1, os.cpu_count() or 1)),
        ),
    )


def vault() -> str:
    """Where originals are kept: the one setting that is asked for file by file."""
    return os.environ.get("BAOSONG_VAULT") or str(PROJECT / "var" / "vault")
