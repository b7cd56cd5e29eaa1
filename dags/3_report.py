"""# 通报 · report

`standings → workbooks, return copies, roll-up, reminders`: writes what people open. Runs when standings changed; by hand with
`as_of` for any past moment. The workbooks are written anew each time, whole; **the same moment gives the same figures.**

When it fails: our own fault, or the output folder is away (tried again already). Clear the task when it is mended.
"""

from datetime import timedelta

from airflow.sdk import Asset, dag, get_current_context, task

from dags import _faults, _moments


def report(watch: _moments.Watch) -> None:
    """The report DAG of one campaign."""
    code = watch.code

    @dag(
        dag_id=f"{code}.report",
        dag_display_name=f"{code} · 通报 report",
        description=f"{watch.campaign.name.zh}：报送情况工作簿、退回件、汇总表",
        doc_md=__doc__,
        schedule=[Asset(f"baosong://{code}/standings")],
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
            """Write the campaign's workbooks; hand on their paths."""
            from include import flow

            context = get_current_context()
            return [str(path) for path in flow.report(code, _moments.as_of(context), _moments.out(context))]

        report()

    build()


for watch in _moments.watches():
    report(watch)
