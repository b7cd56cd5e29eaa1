"""DAG files say when and nothing else: read as text, and parsed as the dag-processor parses them."""

import ast
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.catalogue import campaign_codes

FOLDER = Path(__file__).resolve().parents[2] / "dags"
FILES = sorted(FOLDER.glob("[0-9]_*.py"))
STAGES = ("intake", "judge", "report")
ALL = (*STAGES, "decide")
HEAVY = {
    "great_expectations",
    "pandas",
    "numpy",
    "openpyxl",
    "sqlalchemy",
    "python_calamine",
    "xlsxwriter",
    "lxml",
    "docx",
    "apprise",
    "opencc",
    "requests",
}
LIGHT_ROOMS = {"include.catalogue", "include.domain", "include.exceptions", "include.settings"}


def trees() -> list[Any]:
    return [pytest.param(ast.parse(file.read_text()), id=file.name) for file in FILES]


def top_imports(tree: ast.Module) -> set[str]:
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_there_is_one_file_for_each_step_in_the_order_of_the_flow() -> None:
    assert [file.name for file in FILES] == ["1_intake.py", "2_judge.py", "3_report.py", "4_decide.py"]


@pytest.mark.parametrize("tree", trees())
def test_a_dag_file_handles_no_exception(tree: ast.Module) -> None:
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Try)]


@pytest.mark.parametrize("tree", trees())
def test_a_dag_file_has_one_loop_over_the_campaigns_and_no_other(tree: ast.Module) -> None:
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While | ast.AsyncFor)]
    assert len(loops) == 1
    assert loops[0] in tree.body


@pytest.mark.parametrize("tree", trees())
def test_a_dag_file_imports_nothing_heavy_and_no_stage_at_its_top(tree: ast.Module) -> None:
    imported = top_imports(tree)
    assert not {name for name in imported if name.split(".")[0] in HEAVY}
    assert not {name for name in imported if name.startswith("include.") and not name.startswith(tuple(LIGHT_ROOMS))}


@pytest.mark.parametrize("tree", trees())
def test_a_task_does_no_work_of_its_own(tree: ast.Module) -> None:
    """A task asks the context and calls one verb of the flow: a handful of statements, at most one question."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any("task" in ast.unparse(decorator) for decorator in node.decorator_list):
            body = [one for one in node.body if not isinstance(one, ast.ImportFrom) and not isinstance(one, ast.Expr | ast.Pass)]
            assert len(body) <= 5, node.name
            assert sum(isinstance(one, ast.If) for one in ast.walk(node)) <= 1, node.name


@pytest.mark.parametrize("tree", trees())
def test_the_files_docstring_is_the_page_people_read(tree: ast.Module) -> None:
    assert len(ast.get_docstring(tree) or "") > 200


def test_every_dag_file_parses(bag: Any) -> None:
    assert bag.import_errors == {}


def test_every_campaign_has_its_dags(bag: Any) -> None:
    assert {f"{code}.{stage}" for code in campaign_codes() for stage in ALL} == set(bag.dags)


def test_every_dag_belongs_to_somebody_and_says_what_it_is(bag: Any) -> None:
    for dag in bag.dags.values():
        code, stage = dag.dag_id.rsplit(".", 1)
        assert dag.owner == "baosong"
        assert {code, stage} <= set(dag.tags)
        assert dag.doc_md
        assert dag.doc_md.lstrip().startswith("# ")
        assert dag.description
        assert dag.max_active_runs == (16 if stage == "decide" else 1)
        assert dag.dagrun_timeout is not None
        assert dag.has_on_failure_callback


@pytest.mark.parametrize("stage", STAGES)
def test_runs_by_hand_take_as_of_inbox_and_out(bag: Any, stage: str) -> None:
    for code in campaign_codes():
        params = bag.dags[f"{code}.{stage}"].params
        assert {name: params[name] for name in ("as_of", "inbox", "out")} == {"as_of": None, "inbox": None, "out": None}


def test_only_the_worlds_faults_are_tried_again(bag: Any) -> None:
    from airflow.sdk import RetryAction

    from include.exceptions import BaosongError, EngineFault, TryAgain

    for dag in bag.dags.values():
        for task in dag.tasks:
            assert task.retries > 0
            assert task.retry_policy.evaluate(TryAgain("share away"), 1, 4).action is RetryAction.RETRY
            for fault in (BaosongError("x"), EngineFault("x"), ValueError("x"), KeyError("x"), OSError("x")):
                assert task.retry_policy.evaluate(fault, 1, 4).action is RetryAction.FAIL


def test_airflow_guards_the_judge_and_only_the_judge(bag: Any) -> None:
    from airflow.sdk import DeadlineReference
    from airflow.serialization.decoders import decode_deadline_alert
    from airflow.serialization.encoders import encode_deadline_alert

    for dag in bag.dags.values():
        if not dag.dag_id.endswith(".judge"):
            assert not dag.deadline
            continue
        (alert,) = dag.deadline
        assert alert.reference == DeadlineReference.DAGRUN_LOGICAL_DATE
        read_again = decode_deadline_alert(encode_deadline_alert(alert))
        assert (read_again.interval, read_again.callback.path) == (timedelta(minutes=10), "dags._faults.tell_late")


def test_reading_is_mapped_over_batches_with_a_name_people_can_read(bag: Any) -> None:
    read = bag.dags["beipiao-2021.intake"].get_task("read")
    assert read.is_mapped
    assert "batch" in read.map_index_template


def test_one_task_speaks_for_the_ledger_and_one_for_the_standings(bag: Any) -> None:
    for code in campaign_codes():
        for stage, asset in (("intake", "ledger"), ("judge", "standings")):
            speaking = {task.task_id: [outlet.uri for outlet in task.outlets] for task in bag.dags[f"{code}.{stage}"].tasks if task.outlets}
            assert speaking == {"announce": [f"baosong://{code}/{asset}"]}


def test_a_broken_definition_stops_no_other_campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from dags import _moments

    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "aaa-2030.yaml").write_text("code: aaa-2030\nnmae: {zh: 坏, en: broken}\n")
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path))
    assert {watch.code for watch in _moments.watches()} == set(campaign_codes()) - {"aaa-2030"}
    assert "aaa-2030" in caplog.text


def test_parsing_every_dag_costs_less_than_a_second_beyond_airflow_itself() -> None:
    program = (
        "from airflow.dag_processing.dagbag import DagBag; import time; before = time.process_time(); "
        f"bag = DagBag({str(FOLDER)!r}); print(len(bag.dags), time.process_time() - before)"
    )
    environment = os.environ | {"PYTHONPATH": str(FOLDER.parent)}
    measured = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True, env=environment)
    count, seconds = measured.stdout.split()[-2:]
    assert int(count) >= 3 * len(campaign_codes())
    assert float(seconds) < 1.0


def test_the_form_offers_what_the_definitions_name(bag: Any) -> None:
    from typing import get_args

    from include.catalogue import brief
    from include.domain.decision import Verb

    for code in campaign_codes():
        params = bag.dags[f"{code}.decide"].params
        assert params.get_param("verb").schema["enum"] == list(get_args(Verb))
        assert params.get_param("obligation").schema["enum"] == [None, *(one.code for one in brief(code).reports())]
