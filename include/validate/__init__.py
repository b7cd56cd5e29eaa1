"""validate: a form's own rules over everything that waits, by Great Expectations.

In: a campaign whose readings were stored by `read`. Out: the findings of each reading, stored beside it, and the engineers' Data Docs in
`settings.data_docs/<campaign>/<form>`. Findings V301 to V509, and EngineFault when an expectation crashed (then nothing of that form is stored).
A second run finds nothing waiting and does nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from include import settings
from include.catalogue import load, rules
from include.domain.campaign import Campaign
from include.domain.finding import Finding
from include.domain.form import Form
from include.domain.reading import Reading
from include.warehouse import connect, readings

__all__ = ["check_again", "validate"]


def validate(campaign: str) -> int:
    """Check every waiting reading of the campaign, one run per form; return how many were checked."""
    definitions = load(campaign)
    warehouse = connect()
    with warehouse.look() as connection:
        waiting = readings.waiting_forms(connection, campaign)
    checked = 0
    for code in waiting:
        form = definitions.forms[code]
        checked += _check(campaign, form, _asks(definitions.campaign, code))
    return checked


def check_again(campaign: str, code: str, found: Sequence[Reading]) -> list[tuple[Finding, ...]]:
    """Return the findings of readings of one form, in their order, by the campaign's rules in force; stores nothing."""
    from include.validate.engine import check

    def these(positions: Sequence[int]) -> dict[int, Reading]:
        return {position: found[position] for position in positions}

    definitions = load(campaign)
    return check(definitions.forms[code], found, these, rules(), asks=_asks(definitions.campaign, code))


def _check(campaign: str, form: Form, asks: frozenset[str]) -> int:
    # The engine's import costs seconds, so it is paid only where something waits.
    from include.validate.engine import check

    warehouse = connect()
    numbers: list[int] = []
    with warehouse.look() as connection:

        def passing() -> Iterator[Reading]:
            for kept in readings.waiting(connection, campaign, form.code):
                if kept.reading.version == form.version:
                    numbers.append(kept.receipt_number)
                    yield kept.reading

        def again(positions: Sequence[int]) -> Mapping[int, Reading]:
            position_of = {numbers[position]: position for position in positions}
            kept_of = readings.of(connection, campaign, position_of)
            return {
                position_of[number]: kept.reading for number, all_of_them in kept_of.items() for kept in all_of_them if kept.reading.form == form.code
            }

        docs = Path(settings.current().data_docs) / campaign / form.code
        found = check(form, passing(), again, rules(), asks=asks, docs=docs)
    with warehouse.begin() as connection:
        return readings.store_checked(connection, campaign, form.code, form.version, dict(zip(numbers, found, strict=True)))


def _asks(campaign: Campaign, form: str) -> frozenset[str]:
    return frozenset(item for obligation in campaign.obligations if obligation.form == form for item in obligation.asks_items)
