"""退回件 and 回执: what a unit gets back.

For every submission with an error or a warning: the sender's own workbook with the places marked and the list in front (`marking`). What is no
workbook in XML parts (.xls, .ods, .csv, .docx) comes back as an .xlsx with the same grid (`redrawn`), marked likewise; where nothing could be read,
with the empty official table. Beside each stands its receipt. The same goes to the unit's outbox, where every receipt is put, also those without a
fault.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from include import catalogue
from include.domain.deadline import grace_ends_at
from include.domain.finding import Finding, Severity, grouped, reference, span, told
from include.domain.picture import Picture
from include.domain.reading import Mark
from include.domain.receipt import Receipt
from include.domain.standing import Standing
from include.exceptions import BaosongError, TryAgain
from include.report import words
from include.report.address import letters_of
from include.report.blanks import mark_pairs
from include.report.files import put_away, written
from include.report.gather import Delivery, Material, Problem
from include.report.layout import BLANK_ROWS, lay_out
from include.report.marking import RETURN_SHEET, CannotMark, Letter, Remark, mark
from include.report.marking.letter import EXPLAINED, SEVERITIES
from include.report.redrawn import nothing, official, redraw, sheet_names
from include.report.wide import safe_file_name
from include.warehouse import vault

# Raised when the copies are made in another way, so that kept ones are made anew.
_MAKE = 2
_MADE = ".made.json"
_RETURNED: tuple[Severity, ...] = ("error", "warning")
# Of a line that stands for many problems: how many an answer counts for.
MOST_REFERRED = 2_000


def write_returns(
    folder: Path, material: Material, outbox: str = "", picture: Callable[[str, str], Picture | None] | None = None
) -> tuple[list[Path], dict[str, str]]:
    """Write return copies and receipts below `folder` (`<unit>/...`) and the outbox (an address, "" for none).

    `picture` says how an original (SHA-256, name) looks whose own parts cannot be marked.

    Return the paths in `folder`, and the copies by submission as paths beside the workbook. A copy whose original and remarks are unchanged is
    not made again; files of an earlier run that no longer hold are taken away.
    """
    by_submission: dict[str, list[Problem]] = {}
    for problem in material.problems:
        if problem.delivery is not None:
            by_submission.setdefault(problem.delivery.submission.id, []).append(problem)
    receipts = {one.number: one for one in material.receipts}
    made_before = _made(folder)
    made: dict[str, str] = {}
    paths: list[Path] = []
    copies: dict[str, str] = {}
    taken: set[str] = set()
    for delivery in sorted(material.deliveries.values(), key=lambda one: (one.submission.receipt_number, one.submission.id)):
        its = delivery.submission
        unit, stem = safe_file_name(its.unit), _stem(delivery, taken)
        problems = by_submission.get(its.id, [])
        standing = material.standing_of.get((its.unit, its.obligation, its.period))
        text = receipt_text(material, delivery, receipts[its.receipt_number], standing, problems).encode("utf-8-sig")
        if outbox:
            put_away(outbox, f"{unit}/{stem}.回执.txt", text)
        if not any(one.finding.severity in _RETURNED for one in problems):
            continue
        letter = letter_of(material, delivery, receipts[its.receipt_number], problems)
        key = sha256(repr((_MAKE, its.sha256, delivery.form, lines_of_list(problems), remarks_of(problems), letter)).encode()).hexdigest()
        kept = next((name for name in made_before.get(key, ()) if name.startswith(f"{unit}/{stem}.退回.") and (folder / name).is_file()), None)
        if kept is not None:
            name, content = kept, (folder / kept).read_bytes()
        else:
            content, ending = copy_of(material, delivery, problems, letter, picture)
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


def copy_of(
    material: Material,
    delivery: Delivery,
    problems: Sequence[Problem],
    letter: Letter,
    picture: Callable[[str, str], Picture | None] | None = None,
) -> tuple[bytes, str]:
    """Return the return copy's bytes and ending.

    The sender's own file marked where it can be; else the same grid as a workbook, marked likewise; else the empty official table.
    """
    its = delivery.submission
    original = b""
    try:
        with vault.open(its.sha256) as file:
            original = file.read()
    except TryAgain:
        raise
    except BaosongError:
        # The vault's loss must not keep the unit from hearing what to mend.
        pass
    try:
        content = mark(original, remarks_of(problems), letter, lines_of_list(problems))
        with ZipFile(BytesIO(content)) as archive:
            # Excel opens no workbook whose ending says otherwise than its content types.
            has_macros = b"macroEnabled" in archive.read("[Content_Types].xml")
        return content, ".xlsm" if has_macros else ".xlsx"
    except CannotMark:
        pass
    # A document's tables are not what it is about.
    is_form = _mark_of(material, delivery) is not None
    seen = picture(its.sha256, PurePosixPath(delivery.path).name) if picture is not None and original and is_form else None
    if seen is not None:
        names = sheet_names(seen, (RETURN_SHEET,))
        content = redraw(seen, names, its.received_at, letter.title)
        moved = [_at(one, names.get(one.finding.sheet, one.finding.sheet), one.finding.cell) for one in problems]
        note = "原文件的格式不能直接标注，已按原样转为.xlsx（公式转为数值）。请在本文件中改好后报送，或改好原文件后重报。"
        return mark(content, remarks_of(moved), replace(letter, lines=(*letter.lines, note)), lines_of_list(moved)), ".xlsx"
    return _official(material, delivery, problems, letter), ".xlsx"


def _official(material: Material, delivery: Delivery, problems: Sequence[Problem], letter: Letter) -> bytes:
    """The empty official table with the list, for a sender from whose file no table could be read."""
    its = delivery.submission
    obligation = material.obligation(its.obligation)
    mark_of = _mark_of(material, delivery)
    if mark_of is None:
        content = nothing(its.received_at, letter.title)
        moved = [_at(one, "", "") for one in problems]
        return mark(content, remarks_of(moved), letter, lines_of_list(moved))
    form = material.forms[mark_of.form]
    layout = lay_out(form, obligation.asks_items if obligation else (), rows=BLANK_ROWS)
    content = official(form, layout, material.name(its.unit), mark_of, its.received_at, letter.title)
    places = {key: (sheet, f"{letters_of(column)}{row + 1}") for key, (sheet, row, column) in layout.places.items()}
    moved = [_at(one, *places.get((one.finding.item or "", one.finding.row), ("", ""))) for one in problems]
    note = "从原文件中读不出表格，附上空白的官方表样。请在本文件的表样中填好后报送，或改好原文件后重报。"
    return mark(content, remarks_of(moved), replace(letter, lines=(*letter.lines, note)), lines_of_list(moved))


def _at(problem: Problem, sheet: str, cell: str) -> Problem:
    """The same problem at its place in another workbook; one without a place there keeps its words."""
    if not cell and problem.finding.cell:
        return replace(problem, finding=replace(problem.finding, sheet="", cell=""))
    finding = replace(problem.finding, sheet=sheet, cell=cell)
    if finding == problem.finding:
        return problem
    return _restated(problem, finding)


def _restated(problem: Problem, finding: Finding) -> Problem:
    """The problem in the words of another finding of the same rule."""
    rendered = catalogue.render(finding, "zh")
    return replace(problem, finding=finding, message=rendered.message, remedy=rendered.remedy)


def _stem(delivery: Delivery, taken: set[str]) -> str:
    """The file's own name, without its ending; a later file of the same name carries its receipt's number."""
    its = delivery.submission
    stem = PurePosixPath(delivery.path).stem
    while stem.endswith(".退回"):
        # A mended copy sent back under the name it came with.
        stem = stem.removesuffix(".退回")
    # A name may have 255 bytes; what is put behind this one takes its share.
    stem = safe_file_name(stem.replace("#", "_").replace("%", "_")).encode()[:200].decode(errors="ignore")
    if f"{its.unit}/{stem}" in taken:
        stem = f"{stem}.收文{its.receipt_number}"
    number, plain = 1, stem
    while f"{its.unit}/{stem}" in taken:
        number += 1
        stem = f"{plain}-{number}"
    taken.add(f"{its.unit}/{stem}")
    return stem


def remarks_of(problems: Iterable[Problem]) -> list[Remark]:
    """What is said at each cell."""
    return [_remark(one) for one in problems]


def lines_of_list(problems: Sequence[Problem]) -> list[Remark]:
    """What the list says: one line for the same problem on adjacent cells."""
    found = []
    for group in grouped([one.finding for one in problems]):
        some = [problems[position] for position in group]
        first = some[0]
        about = ",".join(reference(one.number, one.finding) for one in some[:MOST_REFERRED])
        if len(some) == 1:
            line = _remark(first)
        else:
            finding = replace(
                first.finding,
                cell=span(one.finding.cell for one in some),
                given=told(one.finding.given for one in some),
                expected=told(one.finding.expected for one in some),
            )
            line = replace(_remark(_restated(first, finding)), item=told(one.label for one in some), count=len(some))
        found.append(replace(line, about=f"{first.receipt_number}:{about}" if first.number else ""))
    return found


def _remark(problem: Problem) -> Remark:
    finding = problem.finding
    # The list and the comment stand at the place: the sheet need not be named again in every sentence.
    said = _restated(problem, replace(finding, sheet="")) if finding.cell and finding.sheet else problem
    return Remark(
        sheet=finding.sheet,
        cell=finding.cell,
        item=problem.label,
        # Of a file as a whole, what was seen is for engineers: a kind, a part's name.
        seen=finding.given if finding.cell or finding.item else "",
        problem=said.message,
        remedy=said.remedy,
        severity=finding.severity,
        code=finding.code,
        explanation=finding.explanation,
    )


def letter_of(material: Material, delivery: Delivery, receipt: Receipt, problems: Sequence[Problem]) -> Letter:
    """What is said to the unit above the list. It depends on nothing that changes from run to run."""
    its, campaign = delivery.submission, material.campaign
    counts = {one: sum(problem.finding.severity == one for problem in problems) for one in SEVERITIES}
    tally = "、".join(f"{count}处{SEVERITIES[one]}" for one, count in counts.items() if count)
    asked = []
    if counts["error"]:
        has_cells = any(one.finding.cell for one in problems if one.finding.severity == "error")
        asked.append("标红的单元格请改正" if has_cells else "须改正的请按下表改正")
    if counts["warning"]:
        asked.append(f"标黄的请核实，有误的改正，确属实的在下表“{EXPLAINED}”栏（浅黄色格）写明原因")
    mark_of = _mark_of(material, delivery)
    how = "请直接在本文件中改好，按原途径重新报送；本页不必删除，标记也不必清除。" if mark_of else "请改好原文件后按原途径重新报送。"
    name = PurePosixPath(delivery.path).name
    came = f"{name}（收文{its.receipt_number}号，{words.moment(its.received_at, campaign.zone)}收到）"
    lines = [
        f"致：{material.name(its.unit)}　　报送事项：{material.title(its.obligation, its.period)}　　来文：{came}",
        f"上述文件有{tally}。{'；'.join(asked)}。",
        how,
    ]
    told_at = its.received_at if receipt.how_known == "trusted_list" else its.told_at
    if counts["error"] and told_at is not None and material.calendar is not None:
        # As judge counts: history from a trusted list was told to its sender when it came.
        ends = grace_ends_at(told_at, campaign, material.calendar)
        lines.append(f"本件已退回补正，请于{words.due(ends, campaign.zone, year=True)}前重新报送（补正时限{campaign.grace.working_days}个工作日）。")
    authority = campaign.authority
    contact = "，".join(part for part in (f"电话{authority.telephone}" if authority.telephone else "", authority.mailbox) if part)
    lines.append(f"主管单位：{authority.name}{f'　{authority.receives}' if authority.receives else ''}{f'（{contact}）' if contact else ''}")
    return Letter(title=RETURN_SHEET, lines=tuple(lines), mark=json.dumps(mark_pairs(mark_of), ensure_ascii=False) if mark_of else "")


def _mark_of(material: Material, delivery: Delivery) -> Mark | None:
    """The mark by which the copy is known again wherever in the unit's folder it is dropped; None for what is no form."""
    its = delivery.submission
    obligation = material.obligation(its.obligation)
    form = material.forms.get(delivery.form) or (material.form_of(obligation) if obligation else None)
    if form is None:
        return None
    return Mark(
        campaign=material.campaign.code, obligation=its.obligation, form=form.code, version=form.version, unit=its.unit, period=its.period or ""
    )


def receipt_text(material: Material, delivery: Delivery, receipt: Receipt, standing: Standing | None, problems: Iterable[Problem]) -> str:
    """收文回执 as text: number, file, moment received and how it is known, SHA-256, deadline, verdict."""
    its, campaign = delivery.submission, material.campaign
    zone = campaign.zone
    counts = {one: sum(problem.finding.severity == one for problem in problems) for one in SEVERITIES}
    tally = "、".join(f"{SEVERITIES[one]}{count}处" for one, count in counts.items() if count) or "未发现问题"
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
        f"本件状态：{words.STATES[delivery.state]}；{tally}",
        f"该事项判定：{verdict}",
        f"本回执校验值：{receipt.receipt_hash}",
        f"收文链首：{material.head}",
        f"核验：请主管单位运行 baosong receipt verify {campaign.code} --head <上面任一校验值>",
    ]
    return "\r\n".join(lines) + "\r\n"


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
