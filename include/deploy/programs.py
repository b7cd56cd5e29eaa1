"""The local Airflow's programs, forked from one process that imported what they share: three imports of Airflow, and one of Great Expectations for
every task, are spared.

    python -m include.deploy.programs HOME [--migrate] [--serve-logs]

Runs `airflow db migrate` where asked, then `airflow api-server`, `dag-processor` and `scheduler`, each with its log in HOME. Ends with
status 1, and the name of the one that failed on stderr, when one of them ends by itself; on SIGTERM it ends them all. Not for a standing one.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import NoReturn

_SET_PARENT_DEATH_SIGNAL = 1  # Linux prctl


def die_with_parent() -> None:
    """Ask the system to end this process when the one that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)


def fork(home: Path, name: str, arguments: list[str]) -> int:
    """Start `airflow ARGUMENTS` as a child in a session of its own, its output in HOME/name.log; return its process id."""
    child = os.fork()
    if child == 0:
        os.setsid()
        die_with_parent()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        log = os.open(home / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(log, stream)
        _become(arguments)
    return child


def _become(arguments: list[str]) -> NoReturn:
    from airflow.__main__ import main as airflow

    sys.argv = ["airflow", *arguments]
    status = 1
    try:
        airflow()  # type: ignore[no-untyped-call]
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (the child's last words; nothing above it may go on)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> int:
    """Start the programs and stay with them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--migrate", action="store_true")
    parser.add_argument("--serve-logs", action="store_true")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    running: dict[int, str] = {}
    try:
        _import_airflow()
        migrating = fork(given.home, "migrate", ["db", "migrate"]) if given.migrate else None
        if migrating:
            running[migrating] = "migrate"
            _import_stages()
            _, status = os.waitpid(migrating, 0)
            del running[migrating]
            if status:
                sys.stderr.write("migrate\n")
                return 1
            (given.home / "migrated").write_text(_version())
        # These two need nothing of ours to come up, so they go first.
        running[fork(given.home, "api-server", ["api-server"])] = "api-server"
        running[fork(given.home, "dag-processor", ["dag-processor"])] = "dag-processor"
        _import_stages()
        running[fork(given.home, "scheduler", ["scheduler", *([] if given.serve_logs else ["--skip-serve-logs"])])] = "scheduler"
        ended, _ = os.wait()
        sys.stderr.write(f"{running.pop(ended, ended)}\n")
        return 1
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for child in running:
            os.kill(child, signal.SIGTERM)
        for child in running:
            os.waitpid(child, 0)


def _import_airflow() -> None:
    import airflow.__main__
    import airflow.dag_processing.dagbag
    import airflow.executors.local_executor
    import airflow.jobs.scheduler_job_runner
    import airflow.sdk.execution_time.task_runner
    import airflow.serialization.serialized_objects  # noqa: F401


def _import_stages() -> None:
    """What tasks import: the scheduler's workers are forked from it and find it there."""
    import include.collect
    import include.judge
    import include.merge
    import include.read
    import include.report
    import include.validate.engine  # noqa: F401


def _version() -> str:
    from importlib.metadata import version

    return version("apache-airflow")


if __name__ == "__main__":
    sys.exit(main())
