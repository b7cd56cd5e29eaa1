"""A whole June of beipiao, replayed day by day at 18:00 against a table made by hand.

In it: an amended deadline, an extension, an exemption, a merged unit, reports returned by the machine and by a supervisor, both mended, a question
that waits for its answer, corrections, and a roll-up that is frozen and reopened.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from include import catalogue
from include.domain.campaign import Amendment, Campaign, OnDate
from include.domain.decision import Decision
from include.domain.receipt import State, Submission
from include.domain.standing import Standing, rates, standings
from include.domain.unit import Unit

LETTERS = {"not_due": ".", "under_review": "U", "on_time": "O", "late": "L", "missing": "M", "returned": "R", "exempt": "E"}
KNOWN = datetime(2030, 1, 1, tzinfo=UTC)


def at(day: int, clock: str) -> datetime:
    return datetime.fromisoformat(f"2021-06-{day:02}T{clock}:00+08:00")


def sent(number: int, unit: str, obligation: str, period: str | None, day: int, clock: str, state: State = "accepted") -> Submission:
    moment = at(day, clock)
    return Submission(
        id=f"s{number}",
        receipt_number=number,
        unit=unit,
        obligation=obligation,
        period=period,
        received_at=moment,
        recorded_at=moment,
        state=state,
    )


def said(number: int, verb: str, day: int, clock: str, **more: object) -> Decision:
    moment = at(day, clock)
    return Decision(number=number, verb=verb, decided_at=moment, recorded_at=moment, by="王科长", why="见附件", **more)  # type: ignore[arg-type]


SUBMISSIONS = [
    sent(1, "dangban", "liaison", None, 6, "10:00"),
    sent(2, "chengjiangu", "liaison", None, 7, "20:00", "returned"),
    sent(3, "chengjiangu", "liaison", None, 8, "09:00"),
    sent(4, "jianguangu", "weekly", "2021-06-10", 9, "10:00"),
    sent(5, "dangban", "weekly", "2021-06-10", 10, "16:00"),
    sent(6, "anquangu", "weekly", "2021-06-17", 18, "09:00"),
    sent(7, "anquangu", "month-statistics", None, 20, "10:00"),
    sent(8, "dangban", "month-statistics", None, 22, "10:00"),
    sent(9, "anquangu", "month-statistics", None, 22, "17:00"),
    sent(10, "chengjiangu", "month-summary", None, 23, "10:00", "waiting"),
    sent(11, "anquangu", "month-summary", None, 25, "16:00"),
    sent(12, "dangban", "month-statistics", None, 26, "10:00"),
]
DECISIONS = [
    said(1, "return", 21, "11:00", submission="s7"),
    said(2, "exempt", 22, "10:00", unit="chengjiangu", obligation="weekly", period="2021-06-24"),
    said(3, "extend", 24, "09:00", unit="anquangu", obligation="month-summary", until_at=at(25, "17:00")),
    said(4, "accept", 25, "10:00", submission="s10"),
    said(5, "freeze", 25, "12:00", obligation="month-statistics"),
    said(6, "reopen", 28, "09:00", obligation="month-statistics"),
]

# The days 5 to 30, one letter each, as they stood at 18:00.
#                                                      0    0         1         2         3
#                                                      5    0         0         0         0
BY_HAND = {
    ("dangban", "liaison", None):                     ".OOOOOOOOOOOOOOOOOOOOOOOOO",
    ("dangban", "weekly", "2021-06-10"):              ".....OOOOOOOOOOOOOOOOOOOOO",
    ("dangban", "weekly", "2021-06-17"):              "............MMMMMMMMMMMMMM",
    # Sent on the 22nd, in time by the first rule; on the 15th the deadline had been moved to the 21st.
    ("dangban", "month-statistics", None):            ".................LLLLLLLLL",
    ("jianguangu", "liaison", None):                  "...MMMMMMMMMMMMMMMMMMMMMMM",
    ("jianguangu", "weekly", "2021-06-10"):           "....OOOOOOOOOOOOOOOOOOOOOO",
    ("chengjiangu", "liaison", None):                 "...OOOOOOOOOOOOOOOOOOOOOOO",
    ("chengjiangu", "weekly", "2021-06-24"):          ".................EEEEEEEEE",
    ("chengjiangu", "month-summary", None):           "..................UUOOOOOO",
    ("chengjiangu", "month-statistics", None):        ".................MMMMMMMMM",
    ("anquangu", "weekly", "2021-06-17"):             "............MLLLLLLLLLLLLL",
    ("anquangu", "month-statistics", None):           "...............OROOOOOOOOO",
    ("anquangu", "month-summary", None):              "....................OOOOOO",
    ("anquangu", "chaoyang-summary", None):           "..........................",
}  # fmt: skip


@pytest.fixture(scope="module")
def june() -> tuple[Campaign, tuple[Unit, ...]]:
    definitions = catalogue.load("beipiao-2021")
    moved = Amendment(effective_at=at(15, "09:00"), due=OnDate(kind="date", on=date(2021, 6, 21)), basis="decided: 提前两日")
    obligations = tuple(replace(one, amendments=(moved,)) if one.code == "month-statistics" else one for one in definitions.campaign.obligations)
    units = {unit.code: unit for unit in definitions.units}
    merged = replace(units["jianguangu"], to_on=date(2021, 6, 15), heir="chengjiangu")
    return replace(definitions.campaign, obligations=obligations), (units["dangban"], merged, units["chengjiangu"], units["anquangu"])


def judged(june: tuple[Campaign, tuple[Unit, ...]], as_of: datetime) -> dict[tuple[str, str, str | None], Standing]:
    campaign, units = june
    calendar = catalogue.load("beipiao-2021").calendar
    found = standings(campaign, units, SUBMISSIONS, DECISIONS, (), calendar, as_of, KNOWN)
    return {(one.unit, one.obligation, one.period): one for one in found}


def test_every_day_stands_as_the_table_says(june: tuple[Campaign, tuple[Unit, ...]]) -> None:
    days = [judged(june, at(day, "18:00")) for day in range(5, 31)]
    for key, letters in BY_HAND.items():
        assert "".join(LETTERS[day[key].standing] for day in days) == letters, key


def test_the_hours_between_the_days(june: tuple[Campaign, tuple[Unit, ...]]) -> None:
    assert judged(june, at(7, "21:00"))["chengjiangu", "liaison", None].standing == "returned"
    assert judged(june, at(8, "18:00"))["chengjiangu", "liaison", None].flags == ("repaired",)
    assert judged(june, at(24, "08:59"))["anquangu", "month-summary", None].standing == "missing"
    assert judged(june, at(15, "08:59"))["dangban", "month-statistics", None].due_at == at(23, "16:00") + timedelta(hours=8)
    assert judged(june, at(15, "09:00"))["dangban", "month-statistics", None].due_at == at(21, "16:00") + timedelta(hours=8)


def test_the_merged_unit_owes_until_its_end_and_its_heir_no_second_report(june: tuple[Campaign, tuple[Unit, ...]]) -> None:
    owed = [key[1:] for key in judged(june, at(30, "18:00")) if key[0] == "jianguangu"]
    assert owed == [("liaison", None), ("weekly", "2021-06-10")]
    assert sum(key[0] == "chengjiangu" for key in judged(june, at(30, "18:00"))) == 8


def test_while_the_roll_up_is_frozen_its_figures_stay(june: tuple[Campaign, tuple[Unit, ...]]) -> None:
    figures = [judged(june, at(day, "18:00"))["dangban", "month-statistics", None].submission for day in (25, 26, 27, 28)]
    assert figures == ["s8", "s8", "s8", "s12"]


def test_on_each_day_the_states_add_up(june: tuple[Campaign, tuple[Unit, ...]]) -> None:
    for day in range(5, 31):
        found = rates(judged(june, at(day, "18:00")).values())
        assert found.roster == 26
        assert found.expected == found.not_due + found.under_review + found.on_time + found.late + found.missing + found.returned
        assert 0 <= found.on_time <= found.received <= found.expected
