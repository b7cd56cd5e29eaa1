"""A whole June of beipiao, replayed day by day at 18:00 against a table made by hand.

In it: an amended deadline, an extension, an exemption, a merged unit, reports returned by the machine and by a supervisor, both mended, a question
that waits for its answer, corrections, and a roll-up that is frozen and reopened.
"""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from include import catalogue, flow
from include.domain.campaign import Amendment, Campaign, OnDate
from include.domain.decision import Decision
from include.domain.receipt import State, Submission
from include.domain.standing import Standing, rates, standings
from include.domain.unit import Unit
from include.report.blanks import MARK_SHEET, write_blank
from include.report.layout import lay_out
from include.sample.writers import document
from include.settings import DEFINITIONS

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
    sent(10, "chengjiangu", "month-statistics", None, 23, "10:00", "waiting"),
    sent(11, "anquangu", "month-summary", None, 25, "16:00"),
    sent(12, "dangban", "month-statistics", None, 26, "10:00"),
    sent(13, "chengjiangu", "chaoyang-statistics", None, 22, "12:00"),
]
DECISIONS = [
    said(1, "return", 21, "11:00", submission="s7"),
    said(2, "exempt", 22, "10:00", unit="chengjiangu", obligation="weekly", period="2021-06-24"),
    said(3, "extend", 24, "09:00", unit="anquangu", obligation="month-summary", until_at=at(25, "17:00")),
    said(4, "accept", 25, "10:00", submission="s10"),
    said(5, "freeze", 25, "12:00", obligation="month-statistics"),
    said(6, "reopen", 28, "09:00", obligation="month-statistics"),
]

# The days 5 to 30, one letter each, as they stood at 18:00: all that four units owe.
#                                                      0    0         1         2         3
#                                                      5    0         0         0         0
BY_HAND = {
    ("dangban", "liaison", None):                     ".OOOOOOOOOOOOOOOOOOOOOOOOO",
    ("dangban", "weekly", "2021-06-10"):              ".....OOOOOOOOOOOOOOOOOOOOO",
    ("dangban", "weekly", "2021-06-17"):              "............MMMMMMMMMMMMMM",
    ("dangban", "weekly", "2021-06-24"):              "...................MMMMMMM",
    ("dangban", "month-summary", None):               "...................MMMMMMM",
    # Sent on the 22nd, in time by the first rule; on the 15th the deadline had been moved to the 21st.
    ("dangban", "month-statistics", None):            ".................LLLLLLLLL",
    ("dangban", "chaoyang-summary", None):            "..........................",
    ("dangban", "chaoyang-statistics", None):         "..........................",
    # Merged into chengjiangu after the 15th: it owes nothing more, and its heir nothing twice.
    ("jianguangu", "liaison", None):                  "...MMMMMMMMMMMMMMMMMMMMMMM",
    ("jianguangu", "weekly", "2021-06-10"):           "....OOOOOOOOOOOOOOOOOOOOOO",
    ("chengjiangu", "liaison", None):                 "...OOOOOOOOOOOOOOOOOOOOOOO",
    ("chengjiangu", "weekly", "2021-06-10"):          ".....MMMMMMMMMMMMMMMMMMMMM",
    ("chengjiangu", "weekly", "2021-06-17"):          "............MMMMMMMMMMMMMM",
    ("chengjiangu", "weekly", "2021-06-24"):          ".................EEEEEEEEE",
    ("chengjiangu", "month-summary", None):           "...................MMMMMMM",
    # Sent as December's table by mistake; the same file again as that of June waits for an answer, given on the 25th.
    ("chengjiangu", "month-statistics", None):        ".................MUULLLLLL",
    ("chengjiangu", "chaoyang-summary", None):        "..........................",
    ("chengjiangu", "chaoyang-statistics", None):     ".................OOOOOOOOO",
    ("anquangu", "liaison", None):                    "...MMMMMMMMMMMMMMMMMMMMMMM",
    ("anquangu", "weekly", "2021-06-10"):             ".....MMMMMMMMMMMMMMMMMMMMM",
    ("anquangu", "weekly", "2021-06-17"):             "............MLLLLLLLLLLLLL",
    ("anquangu", "weekly", "2021-06-24"):             "...................MMMMMMM",
    ("anquangu", "month-summary", None):              "....................OOOOOO",
    ("anquangu", "month-statistics", None):           "...............OROOOOOOOOO",
    ("anquangu", "chaoyang-summary", None):           "..........................",
    ("anquangu", "chaoyang-statistics", None):        "..........................",
}  # fmt: skip
DAYS = range(5, 31)
# What the roll-up of the month's statistics adds up in item A2: anquangu's 20, returned and mended to 25; dangban's 10 and, once reopened, 30;
# chengjiangu's 7 once accepted.
FIGURES = {19: None, 20: 20, 21: None, 22: 35, 23: 35, 24: 35, 25: 42, 26: 42, 27: 42, 28: 62, 30: 62}


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
    days = [judged(june, at(day, "18:00")) for day in DAYS]
    assert {key: "".join(LETTERS[day[key].standing] for day in days) for key in days[0]} == BY_HAND


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
    for day in DAYS:
        found = rates(judged(june, at(day, "18:00")).values())
        assert found.roster == 26
        assert found.expected == found.not_due + found.under_review + found.on_time + found.late + found.missing + found.returned
        assert 0 <= found.on_time <= found.received <= found.expected


# --- the same June through the inbox, the readers and the warehouse ---

CAMPAIGN = "beipiao-2021"
# As SUBMISSIONS: number -> the file's name and what stands in it.
FILES: dict[int, tuple[str, object]] = {
    1: ("联络员推荐表.xlsx", {"L1": "党办", "L3": "张三", "L6": "13900000001"}),
    2: ("联络员推荐表.xlsx", {"L1": "城建股", "L3": "李四"}),
    3: ("联络员推荐表（补）.xlsx", {"L1": "城建股", "L3": "李四", "L6": "13900000002"}),
    4: ("周报.docx", "建管股一周做法"),
    5: ("周报.docx", "党办一周做法"),
    6: ("周报.docx", "安全股一周做法"),
    7: ("统计表.xlsx", 20),
    8: ("统计表.xlsx", 10),
    9: ("统计表（更正）.xlsx", 25),
    10: ("统计表.xlsx", Path("chengjiangu/chaoyang-statistics/统计表.xlsx")),
    11: ("总结.docx", "安全股总结"),
    12: ("统计表（更正）.xlsx", 30),
    13: ("统计表.xlsx", 7),
}
AMENDMENT = """    due: {kind: date, on: 2021-06-23}
    amendments: [{effective_at: "2021-06-15T09:00:00+08:00", due: {kind: date, on: 2021-06-21}, basis: "补充通知：提前两日"}]
    file_words: [统计表, 进展情况统计表]
"""


@pytest.fixture
def office(house: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The campaign with its amendment and four units, one of them merged, in a house of its own. Returns the inbox."""
    ours = house / "definitions"
    for folder in ("campaigns", "units"):
        (ours / folder).mkdir(parents=True)
    text = (DEFINITIONS / "campaigns" / f"{CAMPAIGN}.yaml").read_text()
    before = AMENDMENT.splitlines(keepends=True)[0] + AMENDMENT.splitlines(keepends=True)[2]
    assert text.count(before) == 1
    text = text.replace(before, AMENDMENT).replace("group_tags: [office, affiliate]", "group_tags: [office]")
    (ours / "campaigns" / f"{CAMPAIGN}.yaml").write_text("\n".join(line for line in text.splitlines() if "code: affiliate" not in line))
    rows = ["dangban,党办,,,", "jianguangu,建管股,2021-06-15,chengjiangu,", "chengjiangu,城建股,,,", "anquangu,安全股,,,"]
    (ours / "units" / f"{CAMPAIGN}.csv").write_text("\n".join(["code,name,to_on,heir,tags", *(f"{row}office" for row in rows)]))
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(ours))
    return house / "inbox" / CAMPAIGN


def deliver(inbox: Path, one: Submission) -> None:
    """Put a submission's file into its unit's folder and say in the inbox's history when it came."""
    name, content = FILES[one.receipt_number]
    path = inbox / one.unit / one.obligation / (one.period or "") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        path.write_bytes((inbox / content).read_bytes())
    elif isinstance(content, str):
        path.write_bytes(document([content]))
    else:
        fill(path, one, content)
    listing = inbox / "receipts.csv"
    is_new = not listing.exists()
    with listing.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [*([["path", "received_at"]] if is_new else []), [path.relative_to(inbox).as_posix(), one.received_at.isoformat()]]
        )


def fill(path: Path, one: Submission, content: object) -> None:
    """Fill in the blank that the unit was given: texts by item, or 10 everywhere and a number in A2."""
    definitions = catalogue.load(CAMPAIGN)
    obligation = definitions.campaign.obligation(one.obligation)
    form = definitions.forms[obligation.form]
    write_blank(path, definitions.campaign, obligation, form, definitions.unit(one.unit))
    values: dict[str, object] = {item.code: 10 for item in form.items() if item.kind in ("count", "amount")}
    values |= {item.code: 100.0 for item in form.items() if item.kind == "rate"}
    values = content if isinstance(content, dict) else values | {"A2": content}
    book = openpyxl.load_workbook(path)
    for item, value in values.items():
        sheet, row, column = lay_out(form, obligation.asks_items).places[item, None]
        book[sheet].cell(row + 1, column + 1).value = value  # type: ignore[assignment]
    if one.receipt_number == 13:
        # Typed off a blank of nobody's: the same bytes may be put to either table.
        book.remove(book[MARK_SHEET])
        for name in list(book.custom_doc_props.names):
            del book.custom_doc_props[name]
    book.save(path)


def submission_of(receipt: str) -> str:
    """The warehouse's name of the submission that the story calls s7."""
    from include.warehouse import connect, ledger, submissions

    one = next(sent for sent in SUBMISSIONS if sent.id == receipt)
    path = "/".join(filter(None, (one.unit, one.obligation, one.period, FILES[one.receipt_number][0])))
    with connect().look() as connection:
        (number,) = [each.number for each in ledger.receipts(connection, CAMPAIGN) if each.path == path]
        (stored,) = submissions.of_receipt(connection, CAMPAIGN, number)
    return stored.submission.id


def decide(one: Decision) -> None:
    flow.decide(
        CAMPAIGN,
        one.verb,
        by=one.by,
        why=one.why,
        unit=one.unit,
        obligation=one.obligation,
        period=one.period,
        submission=one.submission and submission_of(one.submission),
        until=one.until_at,
        at=one.decided_at,
    )


def added_up() -> float | None:
    return flow.trace(CAMPAIGN, "month-statistics", "A2").value


@pytest.mark.parametrize("warehouse_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_june_day_by_day_through_the_warehouse(office: Path) -> None:
    office.mkdir(parents=True)
    (office / "receipts.csv").write_text("path,received_at\n")
    lived: dict[tuple[str, str, str | None], str] = {}
    figures: dict[int, float | None] = {}
    for day in DAYS:
        evening = at(day, "18:00")
        yesterday = evening - timedelta(days=1)
        for one in sorted(SUBMISSIONS, key=lambda one: one.received_at):
            if yesterday < one.received_at <= evening:
                deliver(office, one)
        flow.intake(CAMPAIGN, as_of=evening)
        for said_today in DECISIONS:
            if yesterday < said_today.decided_at <= evening:
                decide(said_today)
        for one in flow.judge(CAMPAIGN, evening).standings:
            key = (one.unit, one.obligation, one.period)
            lived[key] = lived.get(key, "") + LETTERS[one.standing]
        figures[day] = added_up()
    assert lived == BY_HAND
    assert {day: figures[day] for day in FIGURES} == FIGURES

    # Looking back from the end of June, or with one more intake, each day stands as it was lived.
    assert flow.intake(CAMPAIGN, as_of=at(30, "18:00")) == 0
    back = [flow.judge(CAMPAIGN, at(day, "18:00")).standings for day in DAYS]
    assert {(one.unit, one.obligation, one.period): "" for one in back[0]} == dict.fromkeys(BY_HAND, "")
    for number, day in enumerate(back):
        assert {(one.unit, one.obligation, one.period): LETTERS[one.standing] for one in day} == {key: days[number] for key, days in BY_HAND.items()}
    (mended,) = [one for one in back[-1] if (one.unit, one.obligation) == ("chengjiangu", "liaison")]
    assert "repaired" in mended.flags
    assert mended.received_at == at(7, "20:00")
