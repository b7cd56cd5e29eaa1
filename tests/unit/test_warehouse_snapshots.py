"""Definitions in force come back as they were, for any moment, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from include.catalogue import campaign_codes, load
from include.warehouse import connect, snapshots

NOON = datetime(2021, 6, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("code", campaign_codes())
def test_every_campaign_comes_back_as_it_was(warehouse_url: str, code: str) -> None:
    definitions = load(code)
    with connect(warehouse_url).begin() as connection:
        assert snapshots.take(connection, definitions.campaign, definitions.units, definitions.forms, NOON) == 1
        found = snapshots.in_force(connection, code)
    assert found is not None
    assert found.campaign == definitions.campaign
    assert found.units == definitions.units
    assert dict(found.forms) == dict(definitions.forms)


def test_a_change_makes_a_new_snapshot_and_the_old_one_stays(warehouse_url: str) -> None:
    definitions = load("wulong-2023")
    changed = replace(definitions.campaign, version=2)
    with connect(warehouse_url).begin() as connection:
        for moment in (NOON, NOON + timedelta(days=1)):
            assert snapshots.take(connection, definitions.campaign, definitions.units, definitions.forms, moment) == 1
        assert snapshots.take(connection, changed, definitions.units[:-1], definitions.forms, NOON + timedelta(days=2)) == 2
        old, new = snapshots.in_force(connection, "wulong-2023", NOON + timedelta(days=1)), snapshots.in_force(connection, "wulong-2023")
        assert old is not None
        assert new is not None
        assert (old.campaign.version, new.campaign.version, len(old.units) - len(new.units)) == (1, 2, 1)
        first = snapshots.in_force(connection, "wulong-2023", NOON - timedelta(seconds=1))
        assert first is not None
        assert first.number == 1, "what was in force before anybody looked was never kept: the first that was stands for it"
        units = list(connection.execute(text("SELECT unit_code FROM unit ORDER BY official_order")).scalars())
        assert units == [unit.code for unit in definitions.units[:-1]]
        obligations = list(connection.execute(text("SELECT obligation_code FROM obligation ORDER BY notice_order")).scalars())
        assert obligations == [obligation.code for obligation in definitions.campaign.obligations]
