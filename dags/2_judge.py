"""# 审核 · judge

`expectations + ledger + decisions + clock → standings`: says how every unit stands on everything it owes, and scores. Runs when
the ledger changed, and a second after every deadline that the campaign's definition fixes, even when no file ever came: then it
calls the intake first and waits for it, so that nobody is called missing whose file lay in the inbox. A deadline that passed
while the scheduler was down is caught up, in order.

`as_of` is the Param, else the logical date (the deadline), else what the intake said, else when the run was due.
**Running it again gives the same answer.**

The engineers are told of a run that is not over ten minutes after its deadline (BAOSONG_ALERTS), and of one that failed.

When it fails: if *intake_first* failed, mend the intake and clear it here; nobody is judged by a deadline without an intake after it.
"""

from datetime import timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Asset, AssetOrTimeSchedule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags import _faults, _moments


def judge(watch: _moments.Watch) -> None:
    """The judge DAG of one campaign."""
    code = watch.code
    standings = Asset(f"baosong://{code}/standings")

    @dag(
        dag_id=f"{code}.judge",
        dag_display_name=f"{code} · 审核 judge",
        description=f"{watch.campaign.name.zh}：应报、实报、按时、迟报、未报",
        doc_md=__doc__,
        schedule=AssetOrTimeSchedule(timetable=watch.deadlines, assets=[Asset(f"baosong://{code}/ledger")]),
        start_date=watch.begins,
        catchup=True,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=8),
        default_args=_faults.DEFAULTS,
        on_failure_callback=_faults.TellEngineers(),
        deadline=_faults.SOON_AFTER_THE_DEADLINE,
        params=_moments.PARAMS,
        tags=["baosong", code, "judge"],
    )
    def build() -> None:
        @task.short_circuit(ignore_downstream_trigger_rules=False)
        def at_deadline() -> bool:
            """Whether the clock called, not the ledger and not a person."""
            return get_current_context()["dag_run"].run_type == "scheduled"

        intake_first = TriggerDagRunOperator(
            task_id="intake_first",
            trigger_dag_id=f"{code}.intake",
            logical_date=None,
            wait_for_completion=True,
            poke_interval=5,
            fail_when_dag_is_paused=True,
            note="截止时刻到，审核前先收件 / a deadline passed: intake before judging",
        )

        @task(trigger_rule="none_failed")
        def judge() -> bool:
            """Judge every expectation as of the run's moment; say whether any standing or score changed."""
            from include import flow

            return flow.judge_anew(code, _moments.as_of(get_current_context()))

        @task(outlets=[standings])
        def announce(changed: bool) -> None:
            """Tell the report that standings changed; skip when none did."""
            context = get_current_context()
            if not changed:
                raise AirflowSkipException("nothing changed")
            context["outlet_events"][standings].extra = {"as_of": _moments.as_of(context).isoformat(), "out": _moments.out(context)}

        changed = judge()
        at_deadline() >> intake_first >> changed
        announce(changed)

    build()


for watch in _moments.watches():
    judge(watch)
