"""The roster of any day: who was there, under which name, and to whom they reported."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from include import catalogue
from include.catalogue.wording import fold
from include.domain.placing import UnitIndex
from include.domain.sight import Sight, seen_by
from include.domain.standing import Standing, rates
from include.domain.unit import Change, Unit, change, roster_on, subtrees

NORTH, SOUTH = Unit(code="north", name="北区", order=1), Unit(code="south", name="南区", order=4)
FIRST = Unit(code="first", name="第一社区", parent="north", order=2)
MOVED = Unit(
    code="moved",
    name="河滨居委会",
    parent="north",
    aliases=("河滨",),
    order=3,
    changes=("2021-07-01 name 河滨社区", "2021-06-16 parent south"),
)
ALL = (NORTH, FIRST, MOVED, SOUTH)


def below(day: str, units: tuple[Unit, ...] = ALL) -> dict[str, tuple[str, ...]]:
    return subtrees(roster_on(units, date.fromisoformat(day)))


def test_a_unit_reports_to_whom_it_reported_on_the_day() -> None:
    assert below("2021-06-15") == {"north": ("north", "first", "moved")}
    assert below("2021-06-16") == {"north": ("north", "first"), "south": ("moved", "south")}


def test_sums_of_subtrees_follow_the_parent_of_the_day() -> None:
    judged = [
        Standing(unit=code, obligation="o", period=None, due_at=datetime.now().astimezone(), standing=standing)
        for code, standing in (("north", "on_time"), ("first", "late"), ("moved", "missing"), ("south", "on_time"))
    ]
    for day, expected in (("2021-06-15", {"north": (3, 2)}), ("2021-06-16", {"north": (2, 2), "south": (2, 1)})):
        sums = {code: rates(one for one in judged if one.unit in some) for code, some in below(day).items()}
        assert {code: (one.expected, one.received) for code, one in sums.items()} == expected


def test_a_unit_bears_the_name_of_the_day_and_is_known_by_all_of_them() -> None:
    named = [roster_on(ALL, date(2021, 7, 1) - timedelta(days=back))[2].name for back in (1, 0)]
    assert named == ["河滨居委会", "河滨社区"]
    for units in (ALL, roster_on(ALL, date(2021, 6, 1)), roster_on(ALL, date(2021, 8, 1))):
        index = UnitIndex.build(units, fold)
        assert [index.find(text).unit for text in ("河滨居委会", "河滨社区", "河滨")] == ["moved"] * 3


def test_below_a_unit_that_has_gone_the_heir_supervises() -> None:
    gone = Unit(code="north", name="北区", order=1, to_on=date(2021, 6, 20), heir="south")
    closed = Unit(code="north", name="北区", order=1, to_on=date(2021, 6, 20), parent="south")
    for one in (gone, closed):
        assert below("2021-06-20", (one, FIRST, SOUTH))["north"] == ("north", "first")
        assert "first" in below("2021-06-21", (one, FIRST, SOUTH))["south"]
        assert below("2021-06-21", (Unit(code="north", name="北区", to_on=date(2021, 6, 20)), FIRST)) == {}


def test_the_roster_of_a_day_is_its_own_roster() -> None:
    day = date(2021, 6, 16)
    assert roster_on(roster_on(ALL, day), day) == roster_on(ALL, day)


def test_who_may_see_a_subtree_sees_that_of_the_day() -> None:
    sight = (Sight(user="wang", campaign="c", unit="north"),)
    assert seen_by("wang", "c", sight, roster_on(ALL, date(2021, 6, 15))) == {"north", "first", "moved"}
    assert seen_by("wang", "c", sight, roster_on(ALL, date(2021, 6, 16))) == {"north", "first"}
    assert seen_by("wang", "c", (Sight(user="wang", campaign="c", unit="moved"),), ALL) == {"moved"}
    assert seen_by("wang", "c", (Sight(user="wang", campaign="c", unit="nobody"),), ALL) == frozenset()


def test_a_change_is_a_day_what_changes_and_to_what() -> None:
    assert change("2021-06-16 parent") == Change(on=date(2021, 6, 16), what="parent", value="")
    assert change(" 2021-06-16  name  河滨 社区 ") == Change(on=date(2021, 6, 16), what="name", value="河滨 社区")
    for wrong in ("", "2021-06-16", "2021-06-31 parent a", "2021-06-16 name", "parent south", "2021-06-16 tags a", "16/6/2021 parent a"):
        with pytest.raises(ValueError):
            change(wrong)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ("2021-06-16 parent hubin", ""),
        ("2021-06-16 parent", ""),
        ("2021-06-16 parent hubinn", "hubin"),
        ("2021-06-16 moves hubin", "2021-06-16 parent"),
        ("2021-06-16 parent wulong", "comes round"),
        ("2021-06-16 parent below", "comes round"),
        ("2023-06-16 name 湖滨社区", "also what unit `wulong`"),
        ("2020-12-31 parent hubin", "outside"),
        ("2022-01-01 parent hubin", "outside"),
        ("2021-06-16 parent hubin|2021-06-16 parent", "twice"),
    ],
)
def test_a_wrong_change_is_told_with_its_line(changes: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Path(catalogue.__file__).parents[1] / "definitions"
    for folder, name in (("campaigns", "wulong-2023.yaml"), ("notices", "wulong-2023.txt")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text((ours / folder / name).read_text())
    (tmp_path / "units").mkdir()
    days = ("2021-01-01", "2021-12-31") if changes.startswith("202") and "2023" not in changes else ("", "")
    rows = [f"wulong,乌龙社区,,community,{','.join(days)},{changes}", "hubin,湖滨社区,,community,,,", "below,山前社区,wulong,community,,,"]
    (tmp_path / "units" / "wulong-2023.csv").write_text("\n".join(["code,name,parent,tags,from_on,to_on,changes", *rows]))
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path))
    problems = [one for one in catalogue.problems([tmp_path]) if "changes" in one.key or "also what" in one.message]
    if told:
        assert len(problems) == 1
        assert told in problems[0].message
    else:
        assert problems == []
