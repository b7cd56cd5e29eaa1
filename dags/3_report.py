"""# 通报 · report

`standings → workbooks, return copies, roll-up, reminders`: writes what people open, then reminds units of what they owe. Runs when
standings changed, and in the campaign's working hours for the reminders alone; by hand with `as_of` for any past moment. The
workbooks are written anew each time, whole; **the same moment gives the same figures.** A reminder goes out once however often this
runs, and only by a run that speaks of now: of a past moment the texts are written and nothing is sent.

When it fails: our own fault, or the output folder is away (tried again already). Clear the task when it is mended. A channel that
takes no message fails no task: it stands in `reminders/<day>/sent.csv` and in *remind*'s log, and is tried again by the next run.
"""

from datetime import timedelta

from airflow.sdk import Asset, AssetOrTimeSchedule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags import _faults, _moments


def report(watch: _moments.Watch) -> None:
    """The report DAG of one campaign."""
    code = watch.code

    @dag(
        dag_id=f"{code}.report",
        dag_display_name=f"{code} · 通报 report",
        description=f"{watch.campaign.name.zh}：报送情况工作簿、退回件、汇总表、催报",
        doc_md=__doc__,
        schedule=AssetOrTimeSchedule(timetable=watch.rounds, assets=[Asset(f"baosong://{code}/standings")]),
        start_date=watch.begins,
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=2),
        default_args=_faults.DEFAULTS,
        on_failure_callback=_faults.TellEngineers(),
        params=_moments.PARAMS,
        tags=["baosong", code, "report"],
    )
    def build() -> None:
        @task
        def report() -> list[str]:
            """Write the campaign's workbooks; hand on their paths. By the clock alone nothing in them changed."""
            from include import flow

            context = get_current_context()
            if context["dag_run"].run_type == "scheduled":
                raise AirflowSkipException("standings are as they were")
            return [str(path) for path in flow.report(code, _moments.as_of(context), _moments.out(context))]

        @task(trigger_rule="none_failed")
        def remind() -> dict[str, object]:
            """Write and send the reminders that are due; hand on counts and the folder of their texts."""
            from include import flow

            context = get_current_context()
            return flow.remind(code, _moments.as_of(context), _moments.out(context)).summary()

        report() >> remind()

    build()


for watch in _moments.watches():
    report(watch)
