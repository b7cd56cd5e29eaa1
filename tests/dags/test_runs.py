"""DAGs run for real: the intake of one campaign by hand over the sample inbox, and a failed run that the engineers hear of."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from include.sample import write_sample

PROJECT = Path(__file__).resolve().parents[2]

INTAKE = """
import json, sys
from airflow.utils import db
db.initdb()
from airflow.dag_processing.dagbag import DagBag
from airflow.models.asset import AssetEvent
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import select

dag = DagBag("dags/1_intake.py").dags["wulong-2023.intake"]
said = []
for number in (1, 2):
    run = dag.test(run_conf={"as_of": "2023-06-26T12:00:00", "inbox": sys.argv[1]})
    with create_session() as session:
        events = [event.extra for event in session.scalars(select(AssetEvent)).all()]
        tasks = session.scalars(select(TaskInstance).where(TaskInstance.run_id == run.run_id)).all()
        states = {f"{task.task_id}[{task.map_index}]": str(task.state) for task in tasks}
    said.append({"run": str(run.state), "tasks": states, "events": events})
print("SAID" + json.dumps(said))
"""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, 1)
    return folder


def test_an_intake_by_hand_takes_the_sample_in_once_and_speaks_of_it_once(own_environment: dict[str, str], sample: Path) -> None:
    from include.warehouse import connect, ledger

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", INTAKE, str(sample / "wulong-2023")],
        env=own_environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    first, second = json.loads(done.stdout.rsplit("SAID", 1)[1])
    assert first["run"] == second["run"] == "success"
    assert first["tasks"] == {
        "collect[-1]": "success",
        "read[0]": "success",
        "validate[-1]": "success",
        "merge[-1]": "success",
        "announce[-1]": "success",
    }
    assert [event["as_of"] for event in first["events"]] == ["2023-06-26T12:00:00+08:00"]
    with connect(own_environment["BAOSONG_WAREHOUSE"]).look() as connection:
        taken_in = {receipt.path for receipt in ledger.receipts(connection, "wulong-2023")}
    received = {str(file.relative_to(sample / "wulong-2023")) for file in (sample / "wulong-2023").rglob("*") if file.is_file()}
    assert taken_in
    assert taken_in <= received
    # Nothing new the second time: no batch to read, and as nobody has judged yet the judge is still asked.
    assert second["tasks"]["read[-1]"] == "skipped"


class Webhook(BaseHTTPRequestHandler):
    heard: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


FAILED = {
    "dag_run": SimpleNamespace(dag_id="beipiao-2021.intake", run_id="scheduled__1"),
    "ti": SimpleNamespace(task_id="merge"),
    "reason": "task_failure",
    "dag": None,
}


def test_engineers_hear_of_a_failed_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from dags._faults import TellEngineers

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("BAOSONG_ALERTS", f"json://127.0.0.1:{server.server_port}/alerts nonsense")
    try:
        TellEngineers().notify(FAILED)
    finally:
        server.shutdown()
        server.server_close()
    assert len(Webhook.heard) == 1
    assert "beipiao-2021.intake" in Webhook.heard[0]["title"]
    assert "merge" in Webhook.heard[0]["message"]


@pytest.mark.parametrize("addresses", ["json://127.0.0.1:9/alerts", ""])
def test_a_failed_run_is_logged_where_nobody_is_reached(monkeypatch: pytest.MonkeyPatch, addresses: str) -> None:
    from dags._faults import TellEngineers

    monkeypatch.setenv("BAOSONG_ALERTS", addresses)
    engineers, logged = TellEngineers(), []
    monkeypatch.setattr(TellEngineers, "log", SimpleNamespace(error=lambda text, *words: logged.append(text % words)))
    engineers.notify(FAILED)
    assert "beipiao-2021.intake" in logged[0]
    assert len(logged) == (2 if addresses else 1)
