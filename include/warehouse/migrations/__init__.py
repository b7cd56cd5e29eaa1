"""The tables' history. `upgrade` runs it on an open connection; `versions` holds one file a step, never changed once released."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection


def configuration() -> Config:
    """Return Alembic's configuration: no ini file, the scripts beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def knows(revision: str) -> bool:
    """Whether the history has a revision of that name."""
    return any(step.revision == revision for step in ScriptDirectory.from_config(configuration()).walk_revisions())


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the tables and views up to a revision inside the caller's transaction: all of it or nothing."""
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
