"""A figure with a digit too many is asked about, never returned, whatever the order in which reports came."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from include import flow
from include.domain.finding import Finding
from include.judge import to_json
from include.merge import decide
from include.warehouse import connect, findings, submissions
from tests.flow.county import CODE, WEEK, WEEKLY, County

UNITS = tuple(f"zhen{number:02}" for number in range(14))
USUAL = {"A1": 14, "A2": 900, "A3": 2000, "A4": 60, "A5": 40, "A6": 400, "A7": 200}


@pytest.fixture
def county(tmp_path: Path, sqlite_url: str, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> County:
    """A county of fourteen towns."""
    shutil.copy(sqlite_template, tmp_path / "warehouse.sqlite")
    made = County.at(tmp_path, sqlite_url, monkeypatch)
    made.units, made.parents = UNITS, {}
    made.define()
    return made


@pytest.fixture
def everywhere(house: Path, warehouse_url: str, monkeypatch: pytest.MonkeyPatch) -> County:
    """The same once on each database."""
    made = County.at(house, warehouse_url, monkeypatch)
    made.units, made.parents = UNITS, {}
    made.define()
    return made


def figures(unit: str) -> dict[str, int]:
    luck = Random(unit)
    size = luck.uniform(0.6, 1.7)
    return {item: round(figure * size * luck.uniform(0.8, 1.25)) for item, figure in USUAL.items()}


def doubts(code: str = "M712") -> dict[str, list[Finding]]:
    """The findings of that code by unit."""
    found: dict[str, list[Finding]] = {}
    with connect().look() as connection:
        owners = {one.submission.id: one.submission.unit for one in submissions.stored(connection, CODE)}
        for told in findings.findings(connection, CODE):
            if told.finding.code == code and told.submission is not None:
                found.setdefault(owners[told.submission], []).append(told.finding)
    return found


def states() -> set[str]:
    with connect().look() as connection:
        return {one.state_now for one in submissions.stored(connection, CODE)}


def test_a_digit_too_many_is_asked_about_whatever_the_order_within_a_batch(county: County) -> None:
    noon = datetime(2026, 6, 18, 4, tzinfo=UTC)
    for number, unit in enumerate(UNITS):
        said = figures(unit)
        if number == 1:
            said["A2"] *= 100
        county.send(unit, "表.xlsx", (noon + timedelta(minutes=number)).isoformat(), said)
    county.take_in("2026-06-19T08:00:00+08:00")
    (found,) = doubts()["zhen01"]
    assert doubts().keys() == {"zhen01"}
    assert (found.severity, found.item, found.sheet, found.cell) == ("warning", "A2", "统计表", "D5")
    assert found.given == str(figures("zhen01")["A2"] * 100)
    assert states() == {"accepted"}, "asked, never returned"
    decide(CODE, "confirm", unit="zhen01", obligation="month", by="王股长", why="电话核实，确有其事", at=noon + timedelta(days=2))
    judged = flow.judge(CODE, datetime(2026, 6, 22, tzinfo=UTC))
    (standing,) = [one for one in judged.standings if one.unit == "zhen01" and one.obligation == "month"]
    assert standing.standing == "on_time"
    assert {"has_warnings", "explained"} <= set(standing.flags)


def test_who_came_before_there_was_anybody_to_compare_with_is_asked_when_there_is(everywhere: County) -> None:
    county = everywhere
    said = figures(UNITS[0])
    said["A6"] *= 100
    county.send(UNITS[0], "表.xlsx", "2026-06-15T08:00:00+08:00", said)
    county.take_in("2026-06-15T09:00:00+08:00")
    assert doubts() == {}
    then = datetime.now(UTC)
    as_of = datetime(2026, 6, 22, tzinfo=UTC)
    before = to_json(flow.judge(CODE, as_of, known_at=then))
    for number, unit in enumerate(UNITS[1:11]):
        county.send(unit, "表.xlsx", f"2026-06-16T08:{number:02}:00+08:00", figures(unit))
    county.take_in("2026-06-16T09:00:00+08:00")
    assert doubts().keys() == {UNITS[0]}
    assert to_json(flow.judge(CODE, as_of, known_at=then)) == before, "what was known then stays"
    (standing,) = [one for one in flow.judge(CODE, as_of).standings if one.unit == UNITS[0] and one.obligation == "month"]
    assert (standing.standing, standing.flags, standing.findings) == ("on_time", ("has_warnings",), 1)
    for number, unit in enumerate(UNITS[11:]):
        county.send(unit, "表.xlsx", f"2026-06-17T08:{number:02}:00+08:00", figures(unit))
    county.take_in("2026-06-17T09:00:00+08:00")
    assert len(doubts()[UNITS[0]]) == 1, "once"
    assert flow.reread(CODE, is_applied=True).renewed == 0


def test_a_week_unlike_the_unit_s_earlier_weeks(county: County) -> None:
    week = dict(zip(WEEK, (300, 40, 25, 60, 30, 12), strict=True))
    county.send("zhen00", "周报.xlsx", "2026-06-04T10:00:00+08:00", week, obligation=WEEKLY, period="2026-06-04")
    county.send("zhen00", "周报.xlsx", "2026-06-11T10:00:00+08:00", {**week, "B1": 30000, "B6": 90}, obligation=WEEKLY, period="2026-06-11")
    county.take_in("2026-06-12T08:00:00+08:00")
    (found,) = doubts("M713")["zhen00"]
    assert (found.item, found.given, found.expected) == ("B1", "30000", "300")
    assert states() == {"accepted"}


def test_a_form_may_compare_nothing(county: County) -> None:
    county.define(more="outliers: {is_on: false}")
    for unit in UNITS:
        said = figures(unit)
        county.send(unit, "表.xlsx", "2026-06-18T08:00:00+08:00", {**said, "A2": said["A2"] * (1000 if unit == "zhen03" else 1)})
    county.take_in("2026-06-19T08:00:00+08:00")
    assert doubts() == {}
