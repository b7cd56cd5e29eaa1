"""Stories: what one unit does with one thing it owes, and how it stands afterwards.

A story takes a case, puts files into it and returns the expected standing. A new story is a new function in one of the decks at the end; the number
beside it says how many of its cards lie in a deck.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from include.sample import layouts, media, styles, writers
from include.sample.activities import mark_days
from include.sample.figures import Figures, rate, truths
from include.sample.issued import fill_blank
from include.sample.page import Page, Sheet, spanning, text_row
from include.sample.sending import Case, Expected, Sent, write_page

# None: the story does not fit this case, and nothing was sent.
Story = Callable[[Case], Expected | None]
Chosen = TypeVar("Chosen", bound=Callable[..., bool])
_ENDINGS = ("xlsx", "xlsx", "xlsx", "xlsx", "docx", "docx", "xls", "xls", "ods", "csv", "utf8.csv", "xlsm")
_NAMES = (
    "{unit}{title}",
    "{title}",
    "{unit}-{title}",
    "{title}（{unit}）",
    "{title}（终稿）",
    "{title}（终稿2）",
    "附件：{title}",
    "{unit}{title}-最终版",
)
_WORKBOOKS = ("xlsx", "xlsm", "xls", "ods")


def _name(case: Case, ending: str) -> str:
    name = case.luck.choice(_NAMES).format(unit=case.unit.name, title=case.asked.title)
    return f"{name}.{ending.rpartition('.')[2]}"


def _page(case: Case, at: datetime, *, is_plain: bool) -> Page:
    assert case.form is not None
    answers = truths(case.figures)
    mark_days(answers, case.rows)
    if is_plain:
        return layouts.plain(case.form, case.head(at), answers)
    return layouts.official(case.form, case.head(at), answers, asks=case.asks)


def _apply_styles(case: Case, page: Page, chosen: list[styles.Style]) -> list[str]:
    """Show some answers in the chosen styles, each answer at most once."""
    assert case.form is not None
    cells = [cell for _, _, _, cell in page.cells() if cell.truth is not None and not cell.formula]
    case.luck.shuffle(cells)
    done: list[str] = []
    for style in chosen:
        for cell in cells:
            assert cell.truth is not None
            if style(cell, cell.truth, case.form.item(cell.truth.item), case.luck):
                cells.remove(cell)
                done.append(style.__name__)
                case.uses[style.__name__] += 1
                break
    return done


def _seldom(case: Case, possible: Sequence[Chosen]) -> list[Chosen]:
    """Shuffle, those used least so far first, so that every mess comes up somewhere whatever the seed."""
    shuffled = case.luck.sample(possible, len(possible))
    return sorted(shuffled, key=lambda one: case.uses[one.__name__])


def fill(
    case: Case,
    at: datetime,
    *,
    is_plain: bool = True,
    ending: str = "",
    changes: int = 0,
    values: int = 0,
    extra: tuple[styles.Style, ...] = (),
    formulas: bool = True,
) -> Sent:
    """Fill the case's form in and send it: `changes` messes of the layout, `values` styles of numbers, the `extra` ones, perhaps `formulas`."""
    luck = case.luck
    ending = ending or luck.choice(_ENDINGS)
    if case.form is not None and len(case.form.tables) > 1 and ending.endswith("csv"):
        ending = "xlsx"
    page = _page(case, at, is_plain=is_plain)
    messes = _apply_styles(case, page, [*extra, *_seldom(case, (*styles.READ_WELL, *styles.ASKED_ABOUT))[:values]])
    possible = [*layouts.IN_ANY_FILE, *(layouts.IN_WORKBOOKS if ending in _WORKBOOKS else ())]
    for mess in _seldom(case, possible):
        if changes == 0:
            break
        if mess(page, luck):
            messes.append(mess.__name__)
            case.uses[mess.__name__] += 1
            changes -= 1
    if ending in ("xlsx", "xlsm", "ods") and luck.random() < 0.3 and formulas and not extra:
        messes += [mess.__name__ for mess in layouts.WITH_FORMULAS if mess(page, luck)]
    data, told = write_page(page, ending)
    if ending != "xlsx":
        messes.append(f"as_{ending.replace('.', '_')}")
    returns = any(one.truth.returns for one in told)
    return case.send(data, _name(case, ending), at, messes=messes, told=told, verdict="returned" if returns else "accepted")


def two_attachments(case: Case, at: datetime, other: str, figures: Figures) -> None:
    """Send the case's form and another one in one workbook: one file that meets two obligations."""
    assert case.form is not None
    asked = next(one for one in case.notice.asked if one.obligation == other)
    page = _page(case, at, is_plain=True)
    second = layouts.plain(case.definitions.forms[asked.form], case.head(at), truths(figures))
    page.sheets[0].name, second.sheets[0].name = "附件2", "附件1"
    page.sheets.insert(0, second.sheets[0])
    data, told = write_page(page, "xlsx")
    sent = case.send(data, f"{case.unit.name}附件1、附件2.xlsx", at, folder=case.folder.split("/")[0], messes=["two_attachments"])
    sent.told = [one for one in told if one.sheet == "附件2"]
    also = replace(sent, obligation=asked.obligation, form=asked.form, told=[one for one in told if one.sheet == "附件1"], also=[])
    sent.also.append(also)


# Forms.


def form_in_time(case: Case) -> Expected:
    """The blank that was issued to the unit, filled in without a flaw, in time."""
    at = case.in_time()
    data, told = fill_blank(case, at)
    case.send(data, _name(case, "xlsx"), at, told=told)
    return case.outcome("on_time", at)


def form_with_a_scan_beside(case: Case) -> Expected:
    """The workbook, and minutes later its stamped scan, which nobody asked for: the workbook counts."""
    at = case.in_time()
    data, told = fill_blank(case, at)
    case.send(data, _name(case, "xlsx"), at, told=told)
    scan = media.pdf(["Scan"], case.luck)
    case.send(scan, f"{case.asked.title}（盖章扫描件）.pdf", at + timedelta(minutes=5), messes=["scan_beside"], verdict="returned")
    return case.outcome("on_time", at)


def form_as_a_scan_only(case: Case) -> Expected:
    """A photograph of the stamped paper instead of the table: nothing in it can be added up."""
    case.send(media.jpg(case.luck), f"{case.unit.name}{case.asked.title}（盖章）.jpg", case.in_time(), messes=["scan_only"], verdict="returned")
    return case.refused()


def form_in_time_as_people_send_it(case: Case) -> Expected:
    """In time, with messes of layout and numbers that a clerk reads all the same."""
    at = case.in_time()
    fill(case, at, changes=case.luck.randint(1, 4), values=case.luck.randint(0, 5))
    return case.outcome("on_time", at)


def form_in_time_on_the_issued_blank(case: Case) -> Expected:
    """In time on the issued layout, with numbers as people type them."""
    at = case.in_time()
    fill(case, at, is_plain=False, changes=case.luck.randint(0, 2), values=case.luck.randint(1, 5))
    return case.outcome("on_time", at)


def form_at_the_very_moment(case: Case) -> Expected:
    """Received at the deadline to the second: on time."""
    assert case.due_at is not None
    fill(case, case.due_at, values=2)
    case.sent[-1].messes.append("at_the_very_moment")
    return case.outcome("on_time", case.due_at)


def form_late_by_a_second(case: Case) -> Expected:
    """Received one second after the deadline: late."""
    assert case.due_at is not None
    at = case.due_at + timedelta(seconds=1)
    fill(case, at, changes=1)
    case.sent[-1].messes.append("late_by_a_second")
    return case.outcome("late", at)


def form_late(case: Case) -> Expected:
    """Received hours or days after the deadline."""
    at = case.after_due()
    fill(case, at, changes=2, values=2)
    case.sent[-1].messes.append("late")
    return case.outcome("late", at)


def nothing_sent(case: Case) -> Expected:
    """Nothing ever comes."""
    return case.outcome("missing")


def form_corrected_before_the_deadline(case: Case) -> Expected:
    """Sent twice before the deadline, the second time with another figure: the first is on time, the second counts."""
    assert case.due_at is not None
    first = min(case.in_time(), case.due_at - timedelta(hours=6))
    fill(case, first, changes=1)
    _change_a_figure(case)
    fill(case, first + timedelta(hours=2), changes=1, values=1)
    case.sent[-1].messes.append("corrected_before")
    return case.outcome("on_time", first)


def form_corrected_after_the_deadline(case: Case) -> Expected | None:
    """On time, and corrected after the deadline: still on time, with the later figures."""
    first = case.in_time()
    fill(case, first, values=1)
    _change_a_figure(case)
    fill(case, case.after_due(hours=60), changes=1)
    case.sent[-1].messes.append("corrected_after")
    return case.outcome("on_time", first)


def form_returned_and_mended_in_time(case: Case) -> Expected | None:
    """Refused first, mended before the deadline."""
    assert case.due_at is not None
    if not _has_figures(case):
        return None
    first = min(case.in_time(), case.due_at - timedelta(hours=5))
    fill(case, first, extra=(case.luck.choice((styles.left_blank, styles.dashed)),))
    fill(case, first + timedelta(hours=3), values=1)
    case.sent[-1].messes.append("mended_before")
    return case.outcome("on_time", first + timedelta(hours=3))


def form_returned_and_mended_within_the_grace(case: Case) -> Expected | None:
    """Refused on the last day, mended some hours after the deadline: in time all the same, as the return's grace ran."""
    assert case.due_at is not None
    if not _has_figures(case):
        return None
    first = case.due_at - timedelta(hours=1)
    fill(case, first, extra=(case.luck.choice((styles.no_number, styles.slashed)),))
    second = case.due_at + timedelta(hours=min(10.0, (case.notice.as_of - case.due_at).total_seconds() / 7200))
    fill(case, second, changes=1)
    case.sent[-1].messes.append("mended_after")
    return case.outcome("on_time", first)


def form_returned(case: Case) -> Expected | None:
    """Refused and not mended: values that nobody can read."""
    if not _has_figures(case):
        return None
    fill(case, case.in_time(), changes=1, extra=tuple(_seldom(case, styles.REFUSED)[:2]))
    return case.refused()


def form_that_breaks_a_check(case: Case) -> Expected | None:
    """Every figure can be read, but they do not agree: rectified > found, a wrong rate, a nought whole with a rate."""
    assert case.form is not None
    codes = {item.code for item in case.form.items()}
    at = case.in_time()
    figures, luck = case.figures, case.luck
    broken: list[tuple[str, str]] = []
    if {"G2", "G3", "G4"} <= codes:
        whole = int(str(figures["G2", None]))
        if luck.random() < 0.5:
            figures["G3", None] = whole + luck.randint(1, 9)
            figures["G4", None] = rate(int(str(figures["G3", None])), whole)
            broken = [("G3", "part_exceeds_whole")]
        else:
            correct = figures["G4", None]
            figures["G4", None] = round(float(str(correct)) - 7.3, 1) if isinstance(correct, (int, float)) and correct > 10 else 55.5
            broken = [("G4", "rate_differs")]
    elif {"V3", "V4", "V7"} <= codes and case.period == case.asked.due[0][0]:
        # In the first week only: later ones are held against sums to date, where weeks not sent may make up for anything.
        figures["V2", None] = int(str(figures["V2", None])) + 100
        figures["V4", None] = int(str(figures["V3", None])) + 60
        figures["V7", None] = rate(int(str(figures["V4", None])), int(str(figures["V2", None])))
        broken = [("V4", "part_exceeds_whole")]
    if not broken:
        return None
    sent = fill(case, at, is_plain=luck.random() < 0.5, changes=1, formulas=False)
    for item, doubt in broken:
        sent.doubts.append({"items": [item], "row": None, "kind": doubt})
    sent.verdict = "returned"
    sent.messes.append(broken[0][1])
    return case.refused()


def form_whose_figures_fall(case: Case) -> Expected | None:
    """A cumulative figure smaller than the unit's last accepted one."""
    last = case.before.get(("D6", None)) if case.before is not None else None
    if not isinstance(last, int) or last < 10:
        return None
    case.figures["D6", None] = last - 7
    sent = fill(case, case.in_time(), is_plain=False, ending="xlsx")
    sent.messes.append("cumulative_fall")
    sent.doubts.append({"items": ["D6"], "row": None, "kind": "cumulative_fall"})
    sent.verdict = "returned"
    return case.refused()


def weekly_form_that_mends_last_weeks_problems(case: Case) -> Expected | None:
    """Nothing found this week, but problems of earlier weeks were mended: more mended than found, and right to date."""
    left = case.before.get(("open", None)) if case.before is not None else None
    if not isinstance(left, int) or left < 1 or case.form is None or case.form.code != "covert-inspection":
        return None
    at = case.in_time()
    kept = {key: value for key, value in case.figures.items() if key[1] is None}
    case.figures = kept | {("V4", None): 0, ("V5", None): 0, ("V6", None): left, ("V7", None): 0.0, ("V8", None): None}
    sent = fill(case, at, is_plain=False, ending="xlsx")
    sent.messes.append("mends_last_weeks")
    return case.outcome("on_time", at)


def form_with_sessions_without_participants(case: Case) -> Expected | None:
    """Sessions held, nobody there: suspicious, not refused."""
    at = case.in_time()
    pair = next(
        (pair for pair in (("E1", "E2"), ("D1", "D2"), ("C4", "C5")) if (pair[1], None) in case.figures and case.figures[pair[0], None]), None
    )
    if pair is None:
        return None
    case.figures[pair[1], None] = 0
    sent = fill(case, at)
    sent.messes.append("sessions_without_participants")
    sent.doubts.append({"items": list(pair), "row": None, "kind": "sessions_without_participants"})
    return case.outcome("on_time", at)


def form_cut_off(case: Case) -> Expected:
    """The archive ends in the middle: an interrupted copy."""
    at = case.in_time()
    sent = fill(case, at, is_plain=False, ending="xlsx")
    sent.data, sent.told, sent.verdict = sent.data[: len(sent.data) * 2 // 3], [], "returned"
    sent.messes.append("cut_off")
    return case.refused()


def form_behind_a_password(case: Case) -> Expected:
    """An encrypted workbook."""
    at = case.in_time()
    noise = case.luck.randbytes(6000)
    data = writers.compound_file({"EncryptedPackage": noise, "EncryptionInfo": b"\x04\x00\x04\x00\x40\x00\x00\x00<encryption/>"})
    case.send(data, _name(case, "xlsx"), at, messes=["behind_a_password"], verdict="returned")
    return case.refused()


def form_of_nothing(case: Case) -> Expected:
    """A file of no bytes: on time but empty is not on time."""
    case.send(b"", _name(case, "xlsx"), case.in_time(), messes=["empty"], verdict="returned")
    return case.refused()


def form_left_blank(case: Case) -> Expected:
    """The blank as issued, with the unit's name and nothing else."""
    assert case.form is not None
    at = case.in_time()
    page = layouts.official(case.form, case.head(at), {}, asks=case.asks)
    data, told = write_page(page, "xlsx")
    case.send(data, _name(case, "xlsx"), at, messes=["blank_form"], verdict="returned", told=told)
    return case.refused()


def another_table(case: Case) -> Expected:
    """A table that no notice asked for."""
    at = case.in_time()
    rows = [spanning("值班安排表", 4), text_row(["日期", "带班领导", "值班人员", "备注"])]
    rows += [text_row([f"6月{day}日", case.luck.choice(("王主任", "李主任")), case.luck.choice(("小张", "小刘")), ""]) for day in range(1, 12)]
    data, _ = write_page(Page(sheets=[Sheet(name="Sheet1", rows=rows)]), "xlsx")
    case.send(data, _name(case, "xlsx"), at, messes=["another_table"], verdict="returned")
    return case.refused()


def form_text_named_as_workbook(case: Case) -> Expected | None:
    """A CSV renamed .xls, as some systems export: the content says what it is."""
    assert case.form is not None
    at = case.in_time()
    if len(case.form.tables) > 1:
        return None
    data, told = write_page(_page(case, at, is_plain=True), "csv")
    case.send(data, _name(case, "xls"), at, messes=["csv_named_xls"], told=told)
    return case.outcome("on_time", at)


def form_nil(case: Case) -> Expected | None:
    """零报告: the unit says in the table that there is nothing to report."""
    assert case.form is not None
    at = case.in_time()
    if not case.form.nil_texts or case.form.tables[0].shape != "list":
        return None
    head = case.head(at)
    rows = [
        spanning(case.form.title.zh, 5, look="title"),
        spanning(f"填报单位（盖章）：{head.unit}", 5),
        text_row(["序号", "指标名称", "计量单位", "数值", "备注"], look="head"),
        spanning(case.form.nil_texts[0], 5),
        spanning(f"填报人：{head.person}　　审核人：{head.chief}", 5),
    ]
    data, _ = write_page(Page(sheets=[Sheet(name="统计表", rows=rows)]), "xlsx")
    case.send(data, _name(case, "xlsx"), at, messes=["nil_report"], is_nil=True)
    return case.outcome("on_time", at)


def form_all_noughts(case: Case) -> Expected | None:
    """Nothing happened and every item says 0 or 无: a full report, not a nil one."""
    assert case.form is not None
    if not case.form.code.startswith("statistics") or case.before is not None:
        return None
    at = case.in_time()
    for (item, row), value in list(case.figures.items()):
        if isinstance(value, int) and row is None and item not in ("E16", "E17"):
            case.figures[item, row] = 0
    for item in ("G4", "V7", "V8"):
        if (item, None) in case.figures:
            case.figures[item, None] = None
    fill(case, at, extra=(styles.nothing_of_it, styles.nothing_of_it))
    return case.outcome("on_time", at)


def form_sent_twice(case: Case) -> Expected:
    """The same bytes again under another name: nothing changes."""
    first = case.in_time()
    sent = fill(case, first, values=1)
    case.send(
        sent.data, "新建 " + sent.path.rpartition("/")[2], first + timedelta(minutes=7), messes=["same_bytes"], told=sent.told, verdict=sent.verdict
    )
    return case.outcome("on_time", first)


def form_in_the_neighbours_folder(case: Case) -> Expected:
    """Dropped into the neighbour's folder, with its own unit's name inside: a supervisor must say whose it is."""
    at = case.in_time()
    folder = case.folder.replace(case.folder.split("/")[0], case.neighbour.code, 1)
    sent = fill(case, at, is_plain=False, ending="xlsx")
    sent.path = f"{folder}/{case.asked.title}.xlsx"
    _unplace(sent, "in_the_neighbours_folder")
    return case.outcome("missing")


def form_at_the_root(case: Case) -> Expected:
    """Left at the inbox's root under a name of no meaning, and without a unit inside: nobody can place it."""
    assert case.form is not None
    at = case.in_time()
    head = case.head(at)
    page = layouts.plain(case.form, head, truths(case.figures))
    for _, _, _, cell in page.cells():
        if cell.truth is None and isinstance(cell.shown, str) and head.unit in cell.shown:
            cell.shown = cell.shown.replace(head.unit, "")
        elif cell.truth is not None and isinstance(cell.shown, str) and head.unit in cell.shown:
            cell.shown = cell.truth.value = "本单位"
    data, _ = write_page(page, "xlsx")
    name = f"新建 Microsoft Excel 工作表{case.luck.randint(2, 999)}.xlsx"
    case.send(data, name, at, folder="", messes=["at_the_root"], verdict="unplaced")
    return case.outcome("missing")


def form_with_formulas_in_text(case: Case) -> Expected:
    """Texts that a spreadsheet program would run: =HYPERLINK(...), =cmd|..., +1, @x. They stay texts."""
    assert case.form is not None
    at = case.in_time()
    attacks = ['=HYPERLINK("http://example.com/","点此查看")', "=cmd|' /C calc'!A0", "+1", "@x", "-2+3"]
    case.luck.shuffle(attacks)
    texts = [item for item in case.form.items() if item.kind == "text" and item.code not in ("L1", "P1", "P5")]
    for (code, row), _ in list(case.figures.items()):
        if any(item.code == code for item in texts) and attacks:
            case.figures[code, row] = attacks.pop()
    sent = fill(case, at, is_plain=False, ending=case.luck.choice(("xlsx", "xls", "csv")))
    sent.messes.append("formulas_in_text")
    return case.outcome("on_time", at)


def last_weeks_form_again(case: Case) -> Expected | None:
    """Last week's table put into this week's folder: its own date says that it is last week's, so somebody must say."""
    if case.period is None or not case.notice.asked or case.period == case.asked.due[0][0]:
        return None
    at = case.in_time()
    this_week = case.period
    case.period = (datetime.fromisoformat(this_week) - timedelta(days=7)).date().isoformat()
    sent = fill(case, at, is_plain=False, ending="xlsx")
    case.period = this_week
    sent.path = f"{case.folder}/{case.asked.title}.xlsx"
    _unplace(sent, "last_weeks_again")
    return case.outcome("missing")


def form_a_week_late(case: Case) -> Expected | None:
    """A weekly table after the next week's deadline, in its own week's folder: late for its week, and the other week's slot stays free."""
    if case.period is None or case.due_at is None or case.due_at + timedelta(days=8) > case.notice.as_of:
        return None
    at = case.due_at + timedelta(days=7, hours=5)
    sent = fill(case, at, is_plain=False, ending="xlsx")
    sent.messes.append("a_week_late")
    return case.outcome("late", at)


def _has_figures(case: Case) -> bool:
    return case.form is not None and any(item.kind == "count" and item.required for item in case.form.items())


def _unplace(sent: Sent, mess: str) -> None:
    sent.unit = sent.obligation = sent.period = None
    sent.told, sent.verdict = [], "unplaced"
    sent.messes.append(mess)


def _change_a_figure(case: Case) -> None:
    """Mend one plain count upwards, so that nothing else has to follow."""
    case.figures = copy.copy(case.figures)
    for code in ("D6", "D7", "C1", "P8", "V1"):
        for (item, row), value in case.figures.items():
            if item == code and isinstance(value, int):
                case.figures[item, row] = value + case.luck.randint(1, 9)
                return
    for (item, row), value in case.figures.items():
        if item in ("L6", "L4"):
            case.figures[item, row] = f"{value}" if item == "L6" else "副主任"
            return


# Documents.


def _document_name(case: Case) -> str:
    return _name(case, "docx")


def _write(case: Case, at: datetime, *, messes: tuple[str, ...] = ()) -> Sent:
    return case.send(media.docx_report(case.unit.name, case.asked.title, case.luck), _document_name(case), at, messes=list(messes))


def document_in_time(case: Case) -> Expected:
    """A Word report in time."""
    at = case.in_time()
    _write(case, at)
    return case.outcome("on_time", at)


def document_at_the_very_moment(case: Case) -> Expected:
    """At the deadline to the second."""
    assert case.due_at is not None
    _write(case, case.due_at, messes=("at_the_very_moment",))
    return case.outcome("on_time", case.due_at)


def document_late_by_a_second(case: Case) -> Expected:
    """One second after."""
    assert case.due_at is not None
    at = case.due_at + timedelta(seconds=1)
    _write(case, at, messes=("late_by_a_second",))
    return case.outcome("late", at)


def document_late(case: Case) -> Expected:
    """Hours or days after."""
    at = case.after_due()
    _write(case, at, messes=("late",))
    return case.outcome("late", at)


def document_of_nothing(case: Case) -> Expected:
    """A document of no bytes."""
    case.send(b"", _document_name(case), case.in_time(), messes=["empty"], verdict="returned")
    return case.refused()


def document_sent_again(case: Case) -> Expected | None:
    """A better version after the deadline: the first keeps it on time."""
    first = case.in_time()
    _write(case, first)
    _write(case, case.after_due(hours=40), messes=("corrected_after",))
    return case.outcome("on_time", first)


def document_sent_twice(case: Case) -> Expected:
    """The same bytes twice."""
    first = case.in_time()
    sent = _write(case, first)
    case.send(sent.data, "副本-" + sent.path.rpartition("/")[2], first + timedelta(minutes=3), messes=["same_bytes"])
    return case.outcome("on_time", first)


def document_as_pdf(case: Case) -> Expected:
    """The report as a scanned pdf."""
    at = case.in_time()
    case.send(media.pdf(["Scan", f"{at:%Y-%m-%d}"], case.luck), _name(case, "pdf"), at, messes=["as_pdf"])
    return case.outcome("on_time", at)


# Materials: several files of several kinds.


def _bundle(case: Case, at: datetime, *, messes: tuple[str, ...] = ()) -> None:
    makers = {"jpg": media.jpg, "png": media.png, "mp4": media.mp4}
    kinds = ["docx", *case.luck.sample(("jpg", "png", "mp4", "jpg", "txt"), case.luck.choice((0, 0, 0, 1, 2)))]
    for number, kind in enumerate(kinds):
        if kind == "docx":
            data, name = media.docx_report(case.unit.name, case.asked.title, case.luck), f"{case.unit.name}{case.asked.title}.docx"
        elif kind == "txt":
            data, name = media.txt(case.unit.name, case.luck), f"{case.asked.title}说明.txt"
        else:
            data = makers[kind](case.luck)
            name = f"{'现场照片' if kind != 'mp4' else '现场视频'}{number}.{kind}"
        case.send(data, name, at + timedelta(seconds=number), messes=list(messes))


def materials_in_time(case: Case) -> Expected:
    """A text with pictures or a film, in time."""
    at = case.in_time()
    _bundle(case, at)
    return case.outcome("on_time", at)


def materials_at_the_very_moment(case: Case) -> Expected:
    """One picture at the deadline to the second."""
    assert case.due_at is not None
    case.send(media.jpg(case.luck), "活动照片.jpg", case.due_at, messes=["at_the_very_moment"])
    return case.outcome("on_time", case.due_at)


def materials_late_by_a_second(case: Case) -> Expected:
    """One picture a second after the deadline."""
    assert case.due_at is not None
    at = case.due_at + timedelta(seconds=1)
    case.send(media.png(case.luck), "活动照片.png", at, messes=["late_by_a_second"])
    return case.outcome("late", at)


def materials_late(case: Case) -> Expected:
    """All of it late."""
    at = case.after_due()
    _bundle(case, at, messes=("late",))
    return case.outcome("late", at)


def materials_partly_late(case: Case) -> Expected:
    """The text in time, a film after the deadline: on time."""
    first = case.in_time()
    _write(case, first)
    case.send(media.mp4(case.luck), "补报视频.mp4", case.after_due(hours=30), messes=["late_addition"])
    return case.outcome("on_time", first)


def materials_of_nothing(case: Case) -> Expected:
    """A picture of no bytes."""
    case.send(b"", "照片1.jpg", case.in_time(), messes=["empty"], verdict="returned")
    return case.refused()


def materials_a_week_late(case: Case) -> Expected | None:
    """Last week's materials after this week's deadline, in last week's folder: late for last week, nothing for this week."""
    if case.period is None or case.due_at is None or case.due_at + timedelta(days=8) > case.notice.as_of:
        return None
    at = case.due_at + timedelta(days=7, hours=3)
    _bundle(case, at, messes=("a_week_late",))
    return case.outcome("late", at)


FORMS: tuple[tuple[Story, int], ...] = (
    (form_in_time, 5),
    (form_in_time_as_people_send_it, 12),
    (form_in_time_on_the_issued_blank, 5),
    (form_with_a_scan_beside, 1),
    (form_as_a_scan_only, 1),
    (form_at_the_very_moment, 1),
    (form_late_by_a_second, 1),
    (form_late, 2),
    (nothing_sent, 3),
    (form_corrected_before_the_deadline, 1),
    (form_corrected_after_the_deadline, 1),
    (form_returned_and_mended_in_time, 1),
    (form_returned_and_mended_within_the_grace, 1),
    (form_returned, 2),
    (form_that_breaks_a_check, 2),
    (form_whose_figures_fall, 1),
    (weekly_form_that_mends_last_weeks_problems, 1),
    (form_with_sessions_without_participants, 1),
    (form_cut_off, 1),
    (form_behind_a_password, 1),
    (form_of_nothing, 1),
    (form_left_blank, 1),
    (another_table, 1),
    (form_text_named_as_workbook, 1),
    (form_nil, 1),
    (form_all_noughts, 1),
    (form_sent_twice, 1),
    (form_in_the_neighbours_folder, 1),
    (form_at_the_root, 1),
    (form_with_formulas_in_text, 1),
    (last_weeks_form_again, 1),
    (form_a_week_late, 1),
)
DOCUMENTS: tuple[tuple[Story, int], ...] = (
    (document_in_time, 12),
    (document_at_the_very_moment, 1),
    (document_late_by_a_second, 1),
    (document_late, 2),
    (nothing_sent, 3),
    (document_of_nothing, 1),
    (document_sent_again, 1),
    (document_sent_twice, 1),
    (document_as_pdf, 1),
)
MATERIALS: tuple[tuple[Story, int], ...] = (
    (materials_in_time, 12),
    (materials_at_the_very_moment, 1),
    (materials_late_by_a_second, 1),
    (materials_late, 2),
    (nothing_sent, 4),
    (materials_partly_late, 1),
    (materials_of_nothing, 1),
    (materials_a_week_late, 1),
)
