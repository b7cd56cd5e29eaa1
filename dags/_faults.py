"""What happens when a run fails: the world's faults are tried again, everything else fails at once, and the engineers hear of it."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseNotifier, ExceptionRetryPolicy, RetryAction, RetryRule

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
        self.log.error("%s\n%s", title, body)
        if addresses := os.environ.get("BAOSONG_ALERTS", "").split():
            import apprise

            engineers = apprise.Apprise()
            unknown = [number for number, address in enumerate(addresses, 1) if not engineers.add(address)]
            if not engineers.notify(title=title, body=body) or unknown:
                self.log.error("BAOSONG_ALERTS: not everybody was told; addresses not understood: %s", unknown or "none")
