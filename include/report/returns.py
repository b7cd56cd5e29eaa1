"""退回件 and 回执: what a unit gets back.

For every submission with an error or a warning: the sender's own workbook with the places marked and the list in front (`marking`). What is no
workbook in XML parts (.xls, .ods, .csv, .docx, a scan) comes back as an .xlsx: the list, and the official table filled with what was read, marked
likewise and carrying the hidden mark, so that it can be mended and sent instead. Beside each stands its receipt. The same goes to the unit's outbox,
where every receipt is put, also those without a fault.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipFile

import xlsxwriter

from include.domain.deadline import grace_ends_at
from include.domain.finding import Severity
from include.domain.reading import Answer, Mark
from include.domain.receipt import Receipt
from include.domain.standing import Standing
from include.exceptions import BaosongError, TryAgain
from include.report import words
from include.report.address import letters_of, quoted
from include.report.blanks import hide_mark
from include.report.drawing import OPTIONS, Pens, draw, on_paper
from include.report.files import put_away, written
from include.report.gather import Delivery, Material, Problem
from include.report.layout import BLANK_ROWS, UNIT_FIELDS, Box, Layout, lay_out
from include.report.marking import RETURN_SHEET, CannotMark, Letter, Remark, mark
from include.report.marking.formats import FILLS
from include.report.marking.letter import HEADS, SEVERITIES, by_place
from include.report.marking.notes import AUTHOR, COMMENT_HEAD
from include.report.page import Cell, Head, Paper, Shown
from include.report.wide import safe_file_name
from include.warehouse import vault

# Raised when the copies are made in another way, so that kept ones are made anew.
_MAKE = 1
_MADE = ".made.json"
_RETURNED: tuple[Severity, ...] = ("error", "warning")


def write_returns(folder: Path, material: Material, outbox: str = "") -> tuple[list[Path], dict[str, str]]:
    """Write return copies and receipts below `folder` (`<unit>/...`) and the outbox (an address, "" for none).

    Return the paths in `folder`, and the copies by submission as paths beside the workbook. A copy whose original and remarks are unchanged is
    not made again; files of an earlier run that no longer hold are taken away.
    """
    by_submission: dict[str, list[Problem]] = {}
    for problem in material.problems:
        if problem.delivery is not None:
            by_submission.setdefault(problem.delivery.submission.id, []).append(problem)
    receipts = {one.number: one for one in material.receipts}
    standings = {(one.unit, one.obligation, one.period): one for one in material.judgement.standings}
    made_before = _made(folder)
    made: dict[str, str] = {}
    paths: list[Path] = []
    copies: dict[str, str] = {}
    taken: set[str] = set()
    for delivery in sorted(material.deliveries.values(), key=lambda one: (one.submission.receipt_number, one.submission.id)):
        its = delivery.submission
        unit, stem = safe_file_name(its.unit), _stem(delivery, taken)
        problems = by_submission.get(its.id, [])
        standing = standings.get((its.unit, its.obligation, its.period))
        text = receipt_text(material, delivery, receipts[its.receipt_number], standing, problems).encode("utf-8-sig")
        if outbox:
            put_away(outbox, f"{unit}/{stem}.回执.txt", text)
        if not any(one.finding.severity in _RETURNED for one in problems):
            continue
        remarks, letter = [_remark(one) for one in problems], letter_of(material, delivery, receipts[its.receipt_number], problems)
        key = sha256(repr((_MAKE, its.sha256, delivery.form, remarks, letter)).encode()).hexdigest()
        kept = next((name for name in made_before.get(key, ()) if name.startswith(f"{unit}/{stem}.退回.") and (folder / name).is_file()), None)
        if kept is not None:
            name, content = kept, (folder / kept).read_bytes()
        else:
            content, ending = copy_of(material, delivery, problems, remarks, letter)
            name = f"{unit}/{stem}.退回{ending}"
        paths += [written(folder / name, content), written(folder / unit / f"{stem}.回执.txt", text)]
        if outbox:
            put_away(outbox, name, content)
        made[name] = key
        copies[its.id] = f"{folder.name}/{name}"
    _forget_stale(folder, {path.resolve() for path in paths})
    if made or folder.is_dir():
        written(folder / _MADE, json.dumps(made, ensure_ascii=False, indent=0, sort_keys=True).encode())
    return paths, copies


def copy_of(material: Material, delivery: Delivery, problems: list[Problem], remarks: list[Remark], letter: Letter) -> tuple[bytes, str]:
    """Return the return copy's bytes and ending: the sender's own file marked where it can be, else the official table with the list."""
    original = b""
    try:
        with vault.open(delivery.submission.sha256) as file:
            original = file.read()
    except TryAgain:
        raise
    except BaosongError:
        # The vault's loss must not keep the unit from hearing what to mend.
        pass
    try:
        content = mark(original, remarks, letter)
    except CannotMark:
        return substitute(material, delivery, problems, letter), ".xlsx"
    with ZipFile(BytesIO(content)) as archive:
        has_macros = any(name.lower().endswith("vbaproject.bin") for name in archive.namelist())
    return content, ".xlsm" if has_macros else ".xlsx"


def _stem(delivery: Delivery, taken: set[str]) -> str:
    """The file's own name, without its ending; a later file of the same name carries its receipt's number."""
    its = delivery.submission
    stem = PurePosixPath(delivery.path).stem
    while stem.endswith(".退回"):
        # A mended copy sent back under the name it came with.
        stem = stem.removesuffix(".退回")
    stem = safe_file_name(stem.replace("#", "_").replace("%", "_"))[:80]
    if f"{its.unit}/{stem}" in taken:
        stem = f"{stem}.收文{its.receipt_number}"
    number, plain = 1, stem
    while f"{its.unit}/{stem}" in taken:
        number += 1
        stem = f"{plain}-{number}"
    taken.add(f"{its.unit}/{stem}")
    return stem


def _remark(problem: Problem) -> Remark:
    finding = problem.finding
    return Remark(
        sheet=finding.sheet,
        cell=finding.cell,
        item=problem.label,
        seen=finding.given,
        problem=problem.message,
        remedy=problem.remedy,
        severity=finding.severity,
        code=finding.code,
    )


def letter_of(material: Material, delivery: Delivery, receipt: Receipt, problems: Iterable[Problem]) -> Letter:
    """What is said to the unit above the list. It depends on nothing that changes from run to run."""
    its, campaign = delivery.submission, material.campaign
    counts = {one: sum(problem.finding.severity == one for problem in problems) for one in SEVERITIES}
    told = "、".join(f"{count}处{SEVERITIES[one]}" for one, count in counts.items() if count)
    name = PurePosixPath(delivery.path).name
    came = f"{name}（收文{its.receipt_number}号，{words.moment(its.received_at, campaign.zone)}收到）"
    lines = [
        f"致：{material.name(its.unit)}　　报送事项：{material.title(its.obligation, its.period)}　　来文：{came}",
        f"上述文件有{told}。标红的单元格请改正；标黄的请核实，确属实的在下表“情况说明”栏写明原因。请直接在本文件中改好，按原途径重新报送，本页不必删除。",
    ]
    told_at = its.received_at if receipt.how_known == "trusted_list" else its.told_at
    if counts["error"] and told_at is not None and material.calendar is not None:
        # As judge counts: history from a trusted list was told to its sender when it came.
        ends = grace_ends_at(told_at, campaign, material.calendar)
        lines.append(f"本件已退回补正，请于{words.due(ends, campaign.zone, year=True)}前重新报送（补正时限{campaign.grace.working_days}个工作日）。")
    authority = campaign.authority
    contact = "，".join(part for part in (f"电话{authority.telephone}" if authority.telephone else "", authority.mailbox) if part)
    lines.append(f"主管单位：{authority.name}{f'　{authority.receives}' if authority.receives else ''}{f'（{contact}）' if contact else ''}")
    return Letter(title=RETURN_SHEET, lines=tuple(lines))


def receipt_text(material: Material, delivery: Delivery, receipt: Receipt, standing: Standing | None, problems: Iterable[Problem]) -> str:
    """收文回执 as text: number, file, moment received and how it is known, SHA-256, deadline, verdict."""
    its, campaign = delivery.submission, material.campaign
    zone = campaign.zone
    counts = {one: sum(problem.finding.severity == one for problem in problems) for one in SEVERITIES}
    told = "、".join(f"{SEVERITIES[one]}{count}处" for one, count in counts.items() if count) or "未发现问题"
    verdict = "（本件未对应到应报事项）"
    if standing is not None:
        verdict = words.STANDINGS[standing.standing] if standing.due_at is not None else "已收（本事项不设期限）"
        if standing.standing == "late" and standing.late_by_s:
            verdict += f"，迟{words.span(standing.late_by_s)}"
        if standing.flags:
            verdict += f"（{'、'.join(words.FLAGS[flag] for flag in standing.flags)}）"
        if standing.standing not in ("on_time", "late", "exempt") and standing.due_at is not None:
            verdict += f"　（截至{words.moment(material.judgement.as_of, zone)}）"
    lines = [
        "收文回执",
        f"活动：{campaign.name.zh}",
        f"收文单位：{campaign.authority.name}",
        f"收文号：{receipt.number}（{its.id}）",
        f"报送单位：{material.name(its.unit)}",
        f"报送事项：{material.title(its.obligation, its.period)}" + (f"（{words.PARTS.get(its.part, its.part)}）" if its.part else ""),
        f"文件：{receipt.path}（{receipt.size}字节）",
        f"SHA-256：{receipt.sha256}",
        f"收到时间：{receipt.received_at.astimezone(zone).isoformat(sep=' ', timespec='seconds')}（{words.HOW_KNOWN[receipt.how_known]}）",
        f"应报时间：{words.due(standing.due_at, zone, year=True) if standing else '—'}",
        f"本件状态：{words.STATES[delivery.state]}；{told}",
        f"该事项判定：{verdict}",
        f"回执链：{receipt.receipt_hash}",
    ]
    return "\r\n".join(lines) + "\r\n"


def substitute(material: Material, delivery: Delivery, problems: list[Problem], letter: Letter) -> bytes:
    """A workbook for a sender whose own file cannot be marked: the list and, for a form, the official table with what was read, marked."""
    its = delivery.submission
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {**OPTIONS, "in_memory": True})
    book.set_properties({"title": letter.title, "created": its.received_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)})
    paper = Paper(book=book, pens=Pens(book), foot=material.campaign.authority.name)
    obligation = material.obligation(its.obligation)
    # Nothing could be read: the sender gets the empty table it should have sent.
    form = material.forms.get(delivery.form) or (material.form_of(obligation) if obligation else None)
    layout = None
    if form is not None:
        said = material.said.get(its.id, ())
        rows = max((one.row or 0 for one in said), default=0)
        layout = lay_out(form, obligation.asks_items if obligation else (), rows=max(BLANK_ROWS, rows + 5))
    _write_list(paper, problems, letter, layout)
    if form is not None and layout is not None:
        version = form.version
        _write_form(book, paper.pens, material, its.unit, layout, material.said.get(its.id, ()), problems)
        hide_mark(
            book,
            Mark(campaign=material.campaign.code, obligation=its.obligation, form=form.code, version=version, unit=its.unit, period=its.period or ""),
        )
    book.close()
    return target.getvalue()


def _write_list(paper: Paper, problems: list[Problem], letter: Letter, layout: Layout | None) -> None:
    heads = [Head(text=text, least=width, most=width, across="center" if width < 10 else "left") for text, width in HEADS]
    rows: list[list[Shown]] = []
    paired = [(_remark(one), one) for one in problems]
    order = {id(remark): number for number, remark in enumerate(by_place((remark for remark, _ in paired), ()))}
    for number, (remark, problem) in enumerate(sorted(paired, key=lambda one: order[id(one[0])]), start=1):
        place = " ".join(part for part in (remark.sheet, remark.cell) if part) or "整份文件"
        at = layout.places.get((problem.finding.item or "", problem.finding.row)) if layout is not None else None
        link = f"internal:{quoted(at[0])}!{letters_of(at[2])}{at[1] + 1}" if at is not None else ""
        fill = f"#{FILLS[remark.severity][2:]}" if remark.severity in FILLS else ""
        rows.append([
            number, Cell(value=place, link=link), remark.item, remark.seen, remark.problem, remark.remedy,
            Cell(value=SEVERITIES[remark.severity], fill=fill, bold=remark.severity == "error"), "", remark.code,
        ])  # fmt: skip
    note = "“位置”是在原文件中的位置；点开到本文件附表中的对应格。请在附表中改好后报送本文件，或在原文件中改好后重报。" if layout else ""
    paper.table(RETURN_SHEET, letter.title, heads, rows, lines=[*letter.lines, *([note] if note else [])], colour="#C00000")


def _write_form(book: Any, pens: Pens, material: Material, unit: str, layout: Layout, said: Iterable[Answer], problems: Iterable[Problem]) -> None:
    shown: dict[tuple[str, int | None], object] = {}
    for answer in said:
        shown[answer.item, answer.row] = answer.raw if answer.approximate or answer.value is None else answer.value
    wrong: dict[tuple[str, int | None], list[Problem]] = {}
    for problem in problems:
        finding = problem.finding
        if finding.item is not None and finding.severity in FILLS:
            wrong.setdefault((finding.item, finding.row), []).append(problem)
            shown.setdefault((finding.item, finding.row), finding.given)
    for page in layout.sheets:

        def fill(box: Box) -> tuple[object, dict[str, Any]] | None:
            if box.role == "entry":
                return (material.name(unit) if box.field.startswith(UNIT_FIELDS) else ""), {}
            if box.role != "value" or box.item is None:
                return None
            key = (box.item, box.item_row)
            some = wrong.get(key, [])
            more: dict[str, Any] = {} if layout.form.item(box.item).is_number else {"align": "left"}
            if some:
                worst: Severity = "error" if any(one.finding.severity == "error" for one in some) else "warning"
                more["bg_color"] = f"#{FILLS[worst][2:]}"
            return shown.get(key, ""), more

        sheet = draw(book, page, pens, fill)
        for box in page.boxes:
            some = wrong.get((box.item or "", box.item_row), []) if box.role == "value" else []
            if some:
                lines = [f"{SEVERITIES[one.finding.severity]}：{one.message}\n改法：{one.remedy}" for one in some]
                text = f"{COMMENT_HEAD}\n" + "\n".join(lines)
                sheet.write_comment(
                    box.row, box.column, text[:30_000], {"author": AUTHOR, "x_scale": 2, "y_scale": 1 + 0.4 * len(some), "font_size": 9}
                )
        on_paper(sheet, landscape=page.is_landscape, repeat=(page.first_head_row, page.head_rows - 1), footer=material.campaign.authority.name)


def _made(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Which copies an earlier run made, by what they were made from."""
    try:
        kept = json.loads((folder / _MADE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for name, key in kept.items() if isinstance(kept, dict) else ():
        found[str(key)] = (*found.get(str(key), ()), str(name))
    return found


def _forget_stale(folder: Path, kept: set[Path]) -> None:
    """Take away our own files that this run did not write, as they say what no longer holds."""
    for pattern in ("*/*.退回.xlsx", "*/*.退回.xlsm", "*/*.回执.txt"):
        for path in folder.glob(pattern):
            if path.resolve() not in kept:
                path.unlink()
