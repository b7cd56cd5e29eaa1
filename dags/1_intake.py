"""# 收件 · intake

`collect → read → validate → merge`: takes in what is new in a campaign's inbox, keeps every original before opening it, reads it
to the cell, checks it and merges it into the warehouse. Runs every 15 minutes while the campaign runs and every 3 minutes in the
hour before a deadline; the judge calls it once more after each deadline. A run with nothing new costs one listing.
**Running it again changes nothing.**

By hand: `as_of` states a clock for what has no trusted moment (receipts say so), `inbox` names another folder of this campaign,
`out` is handed on to the report.

When it fails: a task that failed with *TryAgain* was tried again already, so the share or the database is away; anything else is
our own fault. Clear the task when it is mended.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags import _faults, _moments


def intake(watch: _moments.Watch) -> None:
    """The intake DAG of one campaign."""
    code = watch.code
    ledger = Asset(f"baosong://{code}/ledger")

    @dag(
        dag_id=f"{code}.intake",
        dag_display_name=f"{code} · 收件 intake",
        description=f"{watch.campaign.name.zh}：收件、读取、校验、入库",
        doc_md=__doc__,
        schedule=watch.around_the_clock,
        start_date=watch.begins,
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=6),
        default_args=_faults.DEFAULTS,
        on_failure_callback=_faults.TellEngineers(),
        params=_moments.PARAMS,
        tags=["baosong", code, "intake"],
    )
    def build() -> None:
        @task
        def collect() -> list[str]:
            """Keep what is new; hand on the batches of receipts that wait to be read."""
            from include import flow

            context = get_current_context()
            return flow.collect(code, inbox=context["params"]["inbox"], as_of=_moments.stated(context), storage=_moments.storage())

        @task(map_index_template="收文 {{ task.op_kwargs['batch'] }} 号")
        def read(batch: str) -> int:
            """Read one batch of receipts in subprocesses that may die without harm."""
            from include import flow

            return flow.read(code, batch)

        @task(trigger_rule="none_failed")
        def validate() -> int:
            """Check all waiting readings, one Great Expectations run per form."""
            from include import flow

            return flow.validate(code)

        @task
        def merge() -> int:
            """Place and merge all checked readings in one transaction."""
            from include import flow

            return flow.merge(code)

        @task(outlets=[ledger])
        def announce(batches: list[str], changed: int) -> None:
            """Tell the judge that the ledger changed, or that the verdict may have turned by the clock alone; skip otherwise."""
            from include import flow

            context = get_current_context()
            moment = _moments.stated(context) or datetime.now(UTC)
            if not (batches or changed or flow.is_stale(code, moment)):
                raise AirflowSkipException("nothing new")
            context["outlet_events"][ledger].extra = {"as_of": moment.isoformat(), "out": context["params"]["out"]}

        batches, changed = collect(), merge()
        read.expand(batch=batches) >> validate() >> changed
        announce(batches, changed)

    build()


for watch in _moments.watches():
    intake(watch)
