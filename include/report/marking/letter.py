"""退回修改意见: the list that stands first in a return copy, written as a worksheet part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from include.domain.finding import Severity
from include.report.address import cells_of, letters_of, quoted
from include.report.marking.formats import FILLS, Formats
from include.report.marking.package import clean
from include.report.wide import HEAD_FONT, lines_of, width_of

# Excel holds 65,530 links a sheet; the lines beyond name their place in words alone.
MOST_LINKS = 65_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One line of the list. `cell` may be a range; `problem` and `remedy` are whole sentences; `seen` is what the unit wrote.

    `explanation` is what the unit answered already, `about` the reference by which its answer is known again, `count` how many problems the line
    stands for.
    """

    sheet: str
    cell: str
    item: str
    seen: str
    problem: str
    remedy: str
    severity: Severity
    code: str
    explanation: str = ""
    about: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What stands above the list: its title and a few lines to the unit; `mark` is the hidden mark by which the copy is known again."""

    title: str
    lines: tuple[str, ...]
    mark: str = ""


SEVERITIES: dict[Severity, str] = {"error": "须改正", "warning": "请核实", "note": "提示"}
PLACE_WIDTH = 13.0
EXPLAINED = "情况说明"
"""The column in which a unit answers a warning."""
REFERENCE = "baosong"
"""The head of the hidden column behind it: the mark in the first row, the reference of each line below."""
# Where an answer is awaited, and where none would help.
_ASKS, _ASKS_NOT = "FFFFFBEA", "FFF3F3F3"
HEADS = (
    ("序号", 5.5),
    ("位置", PLACE_WIDTH + 1),
    ("指标", 18.0),
    ("您填的内容", 13.0),
    ("问题", 34.0),
    ("怎样修改", 32.0),
    ("性质", 8.5),
    (EXPLAINED, 24.0),
    ("代码", 6.5),
)


def by_place(remarks: Iterable[Remark], sheets: Sequence[str]) -> list[Remark]:
    """Remarks in the order of the workbook: of the whole file first, then by sheet, row and column; the graver one first at one place."""
    order = {name: number for number, name in enumerate(sheets)}
    grave = ("error", "warning", "note")

    def key(remark: Remark) -> tuple[int, str, int, int, int, str]:
        cells = cells_of(remark.cell)
        row, column = cells[0] if cells else (-1, -1)
        at = order.get(remark.sheet, len(order)) if remark.sheet else -1
        return (at, remark.sheet, row, column, grave.index(remark.severity), remark.code)

    return sorted(remarks, key=key)


def list_sheet(remarks: Sequence[Remark], letter: Letter, sheets: Sequence[str], styles: Formats, ns: str) -> bytes:
    """The list as a worksheet part: what is said to the unit, then a line a remark, grouped by sheet, each with a link to its place."""
    title = styles.text(size=16, bold=True, centre=True, font=HEAD_FONT)
    line = styles.text()
    head = styles.text(bold=True, fill="FFE7EEF7", border=True, centre=True, font=HEAD_FONT)
    group = styles.text(bold=True, fill="FFF3F3F3", border=True)
    body = styles.text(border=True)
    middle = styles.text(border=True, centre=True)
    link = styles.text(border=True, colour="FF0563C1", underline=True)
    answers = {one: styles.text(border=True, fill=_ASKS if one == "warning" else _ASKS_NOT) for one in SEVERITIES}
    severities = {one: styles.text(border=True, centre=True, fill=FILLS.get(one, ""), bold=one == "error") for one in SEVERITIES}
    last = letters_of(len(HEADS) - 1)
    width = sum(size for _, size in HEADS)
    rows: list[str] = []
    merged: list[str] = []
    links: list[str] = []

    def row(height: float, cells: Iterable[tuple[int, int, str]], hidden: str = "") -> int:
        cells = [*cells, (len(HEADS), line, hidden)] if hidden else cells
        number = len(rows) + 1
        inside = "".join(
            f'<c r="{letters_of(column)}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(clean(text))}</t></is></c>'
            if text
            else f'<c r="{letters_of(column)}{number}" s="{style}"/>'
            for column, style, text in cells
        )
        rows.append(f'<row r="{number}" ht="{height:g}" customHeight="1">{inside}</row>')
        return number

    def across(height: float, style: int, text: str, hidden: str = "") -> None:
        number = row(height, [(column, style, text if column == 0 else "") for column in range(len(HEADS))], hidden)
        merged.append(f"A{number}:{last}{number}")

    across(30, title, letter.title, letter.mark)
    for text in letter.lines:
        across(15.0 * lines_of(text, width) + 3, line, text)
    head_row = row(24, [(column, head, text) for column, (text, _) in enumerate(HEADS)], REFERENCE)
    ordered = by_place(remarks, sheets)
    groups = [remark.sheet for remark in ordered]
    is_grouped = len(set(groups)) > 1 or any(width_of(f"{remark.sheet} {remark.cell}") > PLACE_WIDTH for remark in ordered)
    previous: str | None = None
    for number, remark in enumerate(ordered, start=1):
        if is_grouped and remark.sheet != previous:
            count = sum(one.count for one in ordered if one.sheet == remark.sheet)
            across(20, group, f"工作表“{remark.sheet}”：{count}处" if remark.sheet else f"整份文件：{count}处")
            previous = remark.sheet
        has_place = bool(cells_of(remark.cell)) and remark.sheet in sheets and len(links) < MOST_LINKS
        place = " ".join(part for part in (remark.sheet, remark.cell) if part) or "整份文件"
        if has_place and width_of(place) > PLACE_WIDTH:
            # A link's text is not wrapped by every program; the sheet's name stands in the line above.
            place = remark.cell
        texts = (str(number), place, remark.item, remark.seen, remark.problem, remark.remedy, SEVERITIES[remark.severity], remark.explanation,
                 remark.code)  # fmt: skip
        height = 15.0 * max(lines_of(text, size) for text, (_, size) in zip(texts, HEADS, strict=True)) + 6
        kinds = (middle, link if has_place else body, body, body, body, body, severities[remark.severity], answers[remark.severity], middle)
        at = row(min(height, 400.0), [(column, style, text) for column, (style, text) in enumerate(zip(kinds, texts, strict=True))], remark.about)
        if has_place:
            target = f"{quoted(remark.sheet)}!{remark.cell.replace('$', '')}"
            links.append(f'<hyperlink ref="B{at}" location={quoteattr(clean(target))} display={quoteattr(clean(place)[:255])}/>')
    columns = "".join(f'<col min="{n}" max="{n}" width="{size}" customWidth="1"/>' for n, (_, size) in enumerate(HEADS, start=1))
    columns += f'<col min="{len(HEADS) + 1}" max="{len(HEADS) + 1}" width="9" hidden="1" customWidth="1"/>'
    merges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    pane = f'<pane ySplit="{head_row}" topLeftCell="A{head_row + 1}" activePane="bottomLeft" state="frozen"/>'
    parts = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{ns}">',
        '<sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>',
        f'<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">{pane}</sheetView></sheetViews>',
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>{"".join(rows)}</sheetData>',
        f'<mergeCells count="{len(merged)}">{merges}</mergeCells>',
        f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "",
        '<pageMargins left="0.4" right="0.4" top="0.55" bottom="0.6" header="0.3" footer="0.3"/>',
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>',
        "<headerFooter><oddFooter>&amp;R第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter></worksheet>",
    )
    return "".join(parts).encode()
