"""A throw-away PostgreSQL cluster for tests and benchmarks: made by initdb in a folder, reached by a unix socket, gone afterwards."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

INSTALL = "PostgreSQL's server programs are needed: apt-get install postgresql (looked for in /usr/lib/postgresql/*/bin and PATH)"


@contextmanager
def throw_away_cluster() -> Iterator[str]:
    """Start a cluster in a folder of its own below /tmp, removed after, and give the URL of its database `postgres`.

    RuntimeError says what to install where the server's programs are absent, and what a program said where one failed.
    """
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    # Below /tmp: a socket's path may have 107 characters, and the user postgres must be able to go there.
    folder = Path(mkdtemp(prefix="baosong-pg-", dir="/tmp"))
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    try:
        _as_postgres([initdb, "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=50"
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        _as_postgres([pg_ctl, "-D", str(data), "-l", str(folder / "log"), "-w", "-t", "60", "-o", options, "start"])
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            _as_postgres([pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    for folder in versions:
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(INSTALL)
    return found


def _as_postgres(command: list[str]) -> None:
    """PostgreSQL refuses to run as root: step down to its own user where we are root."""
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
