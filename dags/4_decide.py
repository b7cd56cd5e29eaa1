"""# 处理意见 · decide

A supervisor's act: accept, return, exempt, extend, confirm, withdraw, place, register, freeze, reopen, award. Fill in the form (Trigger), say
why; the decision is kept with your Airflow name and never erased, and the judge runs anew.

Where the campaign asks for a second person (`approval:` in its definition), the run waits at *second_person* under *Required Actions*
for somebody else to approve or reject. The one who proposed cannot answer. **A rejected decision is kept too, without effect.**

When it fails: the form named something that the campaign does not know, or said too little; the message says what. Nothing was
entered; fill in a new form.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Asset, dag, get_current_context, task

from dags import _faults, _moments, _people


def decide(watch: _moments.Watch) -> None:
    """The decision DAG of one campaign."""
    code = watch.code
    ledger = Asset(f"baosong://{code}/ledger")

    @dag(
        dag_id=f"{code}.decide",
        dag_display_name=f"{code} · 处理意见 decide",
        description=f"{watch.campaign.name.zh}：接收、退回、免报、延期、归位、人工登记……",
        doc_md=__doc__,
        schedule=None,
        start_date=watch.begins,
        max_active_runs=16,
        dagrun_timeout=timedelta(days=15),
        default_args=_faults.DEFAULTS,
        on_failure_callback=_faults.TellEngineers(),
        params=_people.form(watch.campaign),
        tags=["baosong", code, "decide"],
    )
    def build() -> None:
        @task.short_circuit(ignore_downstream_trigger_rules=False)
        def asks_second_person() -> bool:
            """Whether the campaign wants another person's word on this decision."""
            context = get_current_context()
            return bool(_people.proposer(context)) and context["params"]["verb"] in watch.campaign.approval

        second_person = HITLOperator(
            task_id="second_person",
            subject=_people.SUBJECT,
            body=_people.BODY,
            options=[_people.APPROVE, _people.REJECT],
            response_timeout=timedelta(days=14),
        )

        @task(trigger_rule="none_failed", outlets=[ledger])
        def enter(said: object) -> int:
            """Enter the decision, or that it was rejected; return its number."""
            from include import flow

            context = get_current_context()
            by = _people.proposer(context)
            number = flow.decide(code, **_people.decision(context), by=by, **_people.answer(said, by))
            context["outlet_events"][ledger].extra = {"as_of": datetime.now(UTC).isoformat()}
            return number

        asks_second_person() >> second_person
        enter(second_person.output)

    build()


for watch in _moments.watches():
    decide(watch)
