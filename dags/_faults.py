"""What happens when a run fails or is late: the world's faults are tried again, everything else fails at once, and the engineers hear of it."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseNotifier, DeadlineAlert, DeadlineReference, ExceptionRetryPolicy, RetryAction, RetryRule, SyncCallback

from include.exceptions import TryAgain

# Only `TryAgain` is worth another try: our own faults would fail again, and data faults are findings, not failures.
DEFAULTS = {
    "owner": "baosong",
    "retries": 4,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": ExceptionRetryPolicy([RetryRule(TryAgain, reason="the world's fault: tried again")], default=RetryAction.FAIL),
}


class TellEngineers(BaseNotifier):
    """One message for each failed run: always in the log, and through every Apprise address in BAOSONG_ALERTS.

    Addresses (mail, WeCom, DingTalk, Feishu, webhook ...) are separated by blanks. An address that cannot be reached is logged and stops nothing.
    """

    def notify(self, context: Any) -> None:
        """Tell them which run failed, since when it ran and why Airflow says it failed."""
        run, task = context["dag_run"], context.get("task_instance") or context.get("ti")
        title = f"报送流水线失败 / run failed: {run.dag_id}"
        body = f"run {run.run_id}\ntask {task.task_id if task else '-'}\nreason {context.get('reason') or context.get('exception') or '-'}"
        _tell(self.log, title, body)


def tell_late(context: Any) -> None:
    """One message for each run that was not over when it had to be; Airflow hands over the run as it knows it, before or after it ends."""
    run, needed_by = context["dag_run"], context["deadline"]["deadline_time"]
    title = f"报送流水线超时 / run late: {run['dag_id']}"
    _tell(logging.getLogger(__name__), title, f"run {run['dag_run_id']}\nneeded by {needed_by}\nstate {run['state']}")


# Guards our own run, never a unit's duty: the verdict must stand soon after a deadline. A run that no clock called has no logical date and no alert.
SOON_AFTER_THE_DEADLINE = DeadlineAlert(
    reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
    interval=timedelta(minutes=10),
    callback=SyncCallback("dags._faults.tell_late"),
    name="judged_soon_after_the_deadline",
)


def _tell(log: Any, title: str, body: str) -> None:
    """Tell the log, and through every Apprise address in BAOSONG_ALERTS those who watch."""
    log.error("%s\n%s", title, body)
    if addresses := os.environ.get("BAOSONG_ALERTS", "").split():
        import apprise

        engineers = apprise.Apprise()
        unknown = [number for number, address in enumerate(addresses, 1) if not engineers.add(address)]
        if not engineers.notify(title=title, body=body) or unknown:
            log.error("BAOSONG_ALERTS: not everybody was told; addresses not understood: %s", unknown or "none")
