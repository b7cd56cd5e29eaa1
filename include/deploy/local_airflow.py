"""A real Airflow on this machine: scheduler, dag-processor and api-server with LocalExecutor on SQLite, below `var/airflow`, on free ports.

It listens on the loopback address only, knows its `people` by one generated password, and leaves no process behind: its programs
die with the one that started them, and `stop` waits for every descendant.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from include.deploy.programs import die_with_parent
from include.exceptions import BaosongError
from include.settings import PROJECT

NAMES = ("migrate", "api-server", "dag-processor", "scheduler")
_SET_CHILD_SUBREAPER = 36  # Linux prctl


class AirflowFault(BaosongError):
    """The local Airflow did not start, died, or a task failed; carries what its log says last."""


class LocalAirflow:
    """One Airflow home with its programs. Use as a context: on the way out, whatever the reason, everything it started is gone."""

    def __init__(self, home: Path, *, parallelism: int, with_logs: bool = False, people: tuple[str, ...] = ("admin",)) -> None:
        self.home = home
        self.people = people
        self.with_logs = with_logs
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.password = ""
        self._token = ""
        self._parallelism = parallelism
        self._programs: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LocalAirflow:
        _adopt_orphans()
        for folder in (self.home, self.home / "logs"):
            folder.mkdir(parents=True, exist_ok=True)
        self.environment = self._environment()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ---- programs

    def start(self) -> None:
        """Start its programs, with Airflow's own database made or brought up to date before; they come up side by side."""
        migrated = self.home / "migrated"
        is_migrated = migrated.exists() and migrated.read_text() == version("apache-airflow") and (self.home / "airflow.db").exists()
        arguments = [str(self.home), *([] if is_migrated else ["--migrate"]), *(["--serve-logs"] if self.with_logs else [])]
        for name in NAMES:
            (self.home / f"{name}.log").unlink(missing_ok=True)
        with (self.home / "programs.log").open("wb") as log:
            self._programs = subprocess.Popen(
                [sys.executable, "-m", "include.deploy.programs", *arguments],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=PROJECT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def stop(self) -> None:
        """Ask every program to end, wait, and end what is left of them and of their children."""
        if self._programs is None:
            return
        family = set(_descendants())
        self._programs.terminate()
        try:
            self._programs.wait(20)
        except subprocess.TimeoutExpired:
            self._programs.kill()
        _end({*family, *_descendants()})
        self._programs.wait()
        self._programs = None

    def check_alive(self) -> None:
        """Raise when a program ended by itself, with the end of its log."""
        if self._programs is not None and self._programs.poll() is not None:
            said = _tail(self.home / "programs.log")
            name = next((name for name in NAMES if said.endswith(name)), "programs")
            raise AirflowFault(f"airflow {name} 意外退出 / ended by itself:\n{_tail(self.home / f'{name}.log')}")

    # ---- its interface

    def wait_for(self, dag_ids: set[str], seconds: float = 180) -> None:
        """Wait until the interface answers and every one of these DAGs is known; a DAG file that does not parse raises with its reason."""
        deadline = time.monotonic() + seconds
        missing = dag_ids
        while time.monotonic() < deadline:
            self.check_alive()
            if self._token or self._log_in():
                errors = self.get("/importErrors")["import_errors"]
                if errors:
                    raise AirflowFault("\n\n".join(f"{error['filename']}\n{error['stack_trace']}" for error in errors))
                missing = dag_ids - {dag["dag_id"] for dag in self.get("/dags?limit=1000")["dags"]}
                if not missing:
                    return
            time.sleep(0.5)
        raise AirflowFault(
            f"Airflow {seconds:.0f} 秒内没有准备好 / was not ready in {seconds:.0f} s; missing: {', '.join(sorted(missing))}\n"
            + "\n".join(f"--- {name}\n{_tail(self.home / f'{name}.log', 15)}" for name in NAMES)
        )

    def get(self, path: str) -> Any:
        """Ask the public interface."""
        return self._call("GET", f"/api/v2{path}")

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Start a run by hand, without a logical date; return its id."""
        return str(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The newest runs of a DAG, newest first."""
        return list(self.get(f"/dags/{dag_id}/dagRuns?order_by=-run_after&limit=20")["dag_runs"])

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        return list(self.get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=1000")["task_instances"])

    def why_failed(self, dag_id: str, run_id: str) -> str:
        """Which task of a run failed, and what its log says last."""
        lines = [f"{dag_id} 失败 / failed (run {run_id})"]
        for task in self.tasks(dag_id, run_id):
            if task["state"] == "failed":
                lines.append(f"--- task {task['task_id']} (map_index {task['map_index']}), try {task['try_number']}")
                lines.append(self._log_tail(dag_id, run_id, task))
        if len(lines) == 1:
            lines.append(_tail(self.home / "scheduler.log"))
        return "\n".join(lines)

    def _log_tail(self, dag_id: str, run_id: str, task: dict[str, Any], lines: int = 40) -> str:
        index = "" if task["map_index"] < 0 else f"/map_index={task['map_index']}"
        file = self.home / f"logs/dag_id={dag_id}/run_id={run_id}/task_id={task['task_id']}{index}/attempt={task['try_number']}.log"
        if not file.exists():
            return f"(no log at {file})"
        return f"{file}\n" + "\n".join(list(_readable(file))[-lines:])

    def _log_in(self) -> bool:
        try:
            told = self._call("POST", "/auth/token", {"username": "admin", "password": self.password})
        except (OSError, urllib.error.URLError):
            return False
        self._token = told["access_token"]
        return True

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", method=method, data=content)  # noqa: S310 (our own http address)
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        # No proxy: the address is this machine's own.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)

    def _environment(self) -> dict[str, str]:
        kept = self.home / "secrets.json"
        if not kept.exists():
            made = {"jwt": secrets.token_urlsafe(48), "session": secrets.token_urlsafe(48), "admin": secrets.token_urlsafe(12)}
            _write_private(kept, made | {"fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()})
        known = json.loads(kept.read_text())
        self.password = known["admin"]
        passwords = self.home / "passwords.json"
        _write_private(passwords, dict.fromkeys(self.people, self.password))
        board = self.home / "board.yaml"
        # Whoever may log in here sees every campaign: it is their own machine. JSON is YAML.
        _write_private(board, [{"user": name, "campaign": "*"} for name in self.people])
        ours = {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(self._parallelism),
            "AIRFLOW__CORE__FERNET_KEY": known["fernet"],
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:admin" for name in self.people),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.home / 'airflow.db'}",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.home / "logs"),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(_free_port()),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": known["session"],
            "AIRFLOW__API_AUTH__JWT_SECRET": known["jwt"],
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "2",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "GX_ANALYTICS_ENABLED": "false",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH")))),
            "BAOSONG_BOARD_USERS": os.environ.get("BAOSONG_BOARD_USERS") or str(board),
            "BAOSONG_WATCH_FROM": os.environ.get("BAOSONG_WATCH_FROM") or datetime.now(UTC).isoformat(),
        }
        return {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW__")} | ours


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_private(file: Path, content: dict[str, str] | list[dict[str, str]]) -> None:
    """Write JSON that only its owner can read."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        json.dump(content, opened)


def _tail(file: Path, lines: int = 40) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) if file.exists() else f"(no log at {file})"


def _readable(file: Path) -> Iterator[str]:
    """A task's log, one JSON object a line, as a person reads it."""
    for line in file.read_text(errors="replace").splitlines():
        said: dict[str, Any] = json.loads(line) if line.startswith("{") else {"event": line}
        yield f"{said.get('timestamp', '')[:19]} {said.get('level', '')} {said.get('event', '')}".strip()
        for fault in said.get("error_detail") or []:
            for frame in fault.get("frames", [])[-8:]:
                yield f"    {frame['filename']}:{frame['lineno']} in {frame['name']}"
            yield f"  {fault.get('exc_type')}: {fault.get('exc_value')}"


def _adopt_orphans() -> None:
    """Tasks get sessions of their own: when the scheduler goes before them they become our children, so that `stop` still finds them."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _descendants() -> list[psutil.Process]:
    return list(psutil.Process().children(recursive=True))


def _end(processes: set[psutil.Process]) -> None:
    """End processes, firmly if they do not listen, and collect them so that none stays as a zombie."""
    left = [process for process in processes if process.is_running()]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, deaf = psutil.wait_procs(left, timeout=5)
    for process in deaf:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(deaf, timeout=5)
