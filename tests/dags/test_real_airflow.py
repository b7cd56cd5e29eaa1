"""A campaign of this very minute in a real Airflow: a deadline that passed unwatched is caught up after an intake, and two people decide."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from include.deploy.local_airflow import LocalAirflow

CHINA = ZoneInfo("Asia/Shanghai")

CAMPAIGN = """
code: now
version: 1
name: {{zh: 此刻的活动, en: a campaign of now}}
notice: now
zone: Asia/Shanghai
authority: {{name: 主管单位, receives: 办公室}}
issued_on: {yesterday}
first_on: {yesterday}
last_on: {tomorrow}
approval: [exempt]
obligations:
  - code: summary
    name: {{zh: 总结, en: summary}}
    kind: report
    what: document
    due: {{kind: date, on: {day}, at: "{at}"}}
    basis: decided
"""


@pytest.fixture
def passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A campaign whose deadline passed a quarter of an hour ago, and an installation that watches since yesterday. Returns the deadline."""
    now = datetime.now(CHINA)
    due = (now - timedelta(minutes=15)).replace(second=0, microsecond=0)
    days = {"yesterday": (due - timedelta(days=1)).date(), "tomorrow": (now + timedelta(days=1)).date(), "day": due.date(), "at": f"{due:%H:%M}"}
    for folder, name, text in (
        ("campaigns", "now.yaml", CAMPAIGN.format(**days)),
        ("notices", "now.txt", "请报总结。"),
        ("units", "now.csv", "code,name\nfirst,第一社区\nsecond,第二社区\n"),
    ):
        (tmp_path / "definitions" / folder).mkdir(parents=True)
        (tmp_path / "definitions" / folder / name).write_text(text)
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path / "definitions"))
    monkeypatch.setenv("BAOSONG_WATCH_FROM", (now - timedelta(days=1)).isoformat())
    monkeypatch.setenv("BAOSONG_WAREHOUSE", f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    for name in ("inbox", "vault", "out", "outbox", "data_docs"):
        monkeypatch.setenv(f"BAOSONG_{name.upper()}", str(tmp_path / name))
    (tmp_path / "inbox" / "now").mkdir(parents=True)
    return due


def wait(what: Callable[[], Any], seconds: float = 180) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.5)
    pytest.fail("waited in vain")


def finished(airflow: LocalAirflow, dag_id: str, is_mine: Callable[[dict[str, Any]], bool]) -> Any:
    """The newest run that is meant, once it is over."""

    def look() -> Any:
        airflow.check_alive()
        return next((run for run in airflow.runs(dag_id) if is_mine(run) and run["state"] in ("success", "failed")), None)

    return wait(look)


def as_person(airflow: LocalAirflow, name: str, method: str, path: str, body: dict[str, Any]) -> Any:
    """Ask Airflow's interface as somebody else."""

    def call(method: str, path: str, body: dict[str, Any], token: str = "") -> Any:
        request = urllib.request.Request(f"{airflow.url}{path}", method=method, data=json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    token = call("POST", "/auth/token", {"username": name, "password": airflow.password})["access_token"]
    return call(method, f"/api/v2{path}", body, token)


def decide(airflow: LocalAirflow, unit: str, *, proposed_by: str, answered_by: str) -> str:
    """Somebody proposes to exempt a unit, somebody approves; how the run ended."""
    asked = {"logical_date": None, "conf": {"verb": "exempt", "why": "该社区已撤并", "unit": unit, "obligation": "summary"}}
    run = as_person(airflow, proposed_by, "POST", "/dags/now.decide/dagRuns", asked)["dag_run_id"]
    wait(lambda: any(task["state"] == "awaiting_input" for task in airflow.tasks("now.decide", run)))
    # No person answers within the second in which the scheduler still notes that the question was put; Airflow would put it again.
    time.sleep(8)
    path = f"/dags/now.decide/dagRuns/{run}/taskInstances/second_person/-1/hitlDetails"
    as_person(airflow, answered_by, "PATCH", path, {"chosen_options": ["同意 approve"], "params_input": {}})
    return str(finished(airflow, "now.decide", lambda one: one["dag_run_id"] == run)["state"])


class Engineers(BaseHTTPRequestHandler):
    """A webhook that keeps what it hears."""

    heard: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def engineers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What the engineers are told through a real webhook."""
    Engineers.heard.clear()
    with HTTPServer(("127.0.0.1", 0), Engineers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("BAOSONG_ALERTS", f"json://127.0.0.1:{server.server_port}/alerts")
        yield Engineers.heard
        server.shutdown()


@pytest.mark.slow
def test_a_deadline_that_passed_unwatched_is_caught_up_and_two_people_decide(
    tmp_path: Path, passed: datetime, engineers: list[dict[str, Any]]
) -> None:
    from include.warehouse import connect, decisions, standings

    with LocalAirflow(tmp_path / "airflow", parallelism=4, people=("wang", "li", "admin")) as airflow:
        airflow.start()
        airflow.wait_for({f"now.{stage}" for stage in ("intake", "judge", "report", "decide")})

        swept = finished(airflow, "now.judge", lambda run: run["run_type"] == "scheduled")
        assert swept["state"] == "success"
        assert datetime.fromisoformat(swept["logical_date"]) == passed + timedelta(seconds=1)
        tasks = {task["task_id"]: task["state"] for task in airflow.tasks("now.judge", swept["dag_run_id"])}
        assert tasks["intake_first"] == "success"
        with connect().look() as connection:
            assert [(one.unit, one.standing) for one in standings.standings(connection, "now")] == [("first", "missing"), ("second", "missing")]

        # The verdict came later than ten minutes after the deadline: Airflow's own alert says so, once.
        late = wait(lambda: [one for one in engineers if "run late" in one["title"]])
        assert late[0]["title"].endswith("now.judge")
        assert swept["dag_run_id"] in late[0]["message"]

        assert decide(airflow, "第一社区", proposed_by="wang", answered_by="li") == "success"
        with connect().look() as connection:
            assert [(one.verb, one.by, one.unit) for one in decisions.decisions(connection, "now")] == [("exempt", "wang", "first")]

        assert decide(airflow, "第二社区", proposed_by="wang", answered_by="wang") == "failed"
        with connect().look() as connection:
            assert len(decisions.decisions(connection, "now")) == 1

        def is_judged_anew() -> bool:
            with connect().look() as connection:
                return [one.standing for one in standings.standings(connection, "now")] == ["exempt", "missing"]

        wait(is_judged_anew)
        assert sum("run late" in one["title"] for one in engineers) == 1, "a run that no clock called is under no alert"
