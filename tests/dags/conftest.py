"""Airflow as the DAG tests see it: a home of its own, no examples, the project's own folders. Set before anything imports Airflow."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
_home = tempfile.TemporaryDirectory(prefix="baosong-airflow-")
AIRFLOW = {
    "AIRFLOW_HOME": _home.name,
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_home.name}/airflow.db",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER": f"{_home.name}/logs",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    "GX_ANALYTICS_ENABLED": "false",
}
os.environ.update(AIRFLOW)
if str(PROJECT) not in sys.path:
    sys.path.insert(0, str(PROJECT))


@pytest.fixture(scope="session")
def bag() -> Any:
    """Every DAG file parsed, as the dag-processor parses it."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(PROJECT / "dags", collect_dags=True)


@pytest.fixture(scope="session")
def scheduled(bag: Any) -> Any:
    """Every DAG as the scheduler knows it: written down and read again."""
    from airflow.serialization.serialized_objects import DagSerialization

    return {dag_id: DagSerialization.from_dict(DagSerialization.to_dict(dag)) for dag_id, dag in bag.dags.items()}


@pytest.fixture
def own_environment(tmp_path: Path) -> dict[str, str]:
    """An environment for a process of its own: its own Airflow home and its own installation below a folder."""
    ours = AIRFLOW | {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path / 'airflow' / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(tmp_path / "airflow" / "logs"),
        "PYTHONPATH": str(PROJECT),
        "BAOSONG_WAREHOUSE": f"sqlite:///{tmp_path / 'warehouse.sqlite'}",
        "BAOSONG_VAULT": str(tmp_path / "vault"),
        "BAOSONG_OUT": str(tmp_path / "out"),
        "BAOSONG_OUTBOX": str(tmp_path / "outbox"),
        "BAOSONG_DATA_DOCS": str(tmp_path / "data_docs"),
    }
    (tmp_path / "airflow").mkdir()
    return {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "BAOSONG_"))} | ours
