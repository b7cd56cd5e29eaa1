"""What a return copy costs: a workbook of 50 kB with forty findings is marked, and one of another format is drawn and marked. Limit: 100 ms."""

import io
import time
from collections.abc import Callable

import xlsxwriter

from include.domain.picture import Picture, Sheet
from include.report.marking import RETURN_SHEET, Letter, Remark, mark
from include.report.redrawn import redraw, sheet_names

LIMIT_MS = 100.0
LETTER = Letter(title=RETURN_SHEET, lines=("致：党办", "上述文件有40处须改正。标红的单元格请改正。"), mark='{"campaign":"bench"}')


def workbook(kilobytes: int = 50) -> bytes:
    """A workbook of about that size: a form of forty rows, and a list of projects that fills it up."""
    rows = kilobytes * 36
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    form, listed = book.add_worksheet("统计表"), book.add_worksheet("项目清单")
    line = book.add_format({"border": 1, "num_format": "0.0"})
    for row in range(45):
        form.write_row(row, 0, [row, f"指标{row}", "场次", row * 7], line)
        form.write_comment(row, 1, f"说明{row}")
    for row in range(rows):
        listed.write_row(row, 0, [row, f"项目{row * 7919 % 10007}", row * 31337 % 99991, f"第{row * 104729 % 1009}号楼"], line)
    book.close()
    return target.getvalue()


def remarks() -> list[Remark]:
    """Forty findings, some on adjacent cells, as many as a careless form has."""
    said = {"item": "参与人数", "seen": "约500", "remedy": "请填一个整数；没有的填0。", "code": "R404", "about": "12:3.0af31c"}
    return [
        Remark(sheet="统计表", cell=f"D{row}", problem=f"D{row}填的“约500”读不出一个确定的数。", severity="error" if row % 3 else "warning", **said)  # type: ignore[arg-type]
        for row in range(3, 43)
    ]


def return_copies() -> dict[str, float]:
    """Milliseconds of processor time, the best of seven: "marked" changes the parts of an .xlsx of 50 kB, "redrawn" makes one from a picture."""
    original, said = workbook(), remarks()
    cells = tuple((row, column, f"文字{row}" if column % 2 else row * 3, "") for row in range(45) for column in range(8))
    picture = Picture(sheets=(Sheet(name="统计表", cells=cells, merged=((0, 0, 0, 3),)),))

    def redrawn() -> None:
        from datetime import UTC, datetime

        mark(redraw(picture, sheet_names(picture), datetime(2021, 6, 1, tzinfo=UTC), ""), said, LETTER)

    return {"marked": best(lambda: mark(original, said, LETTER)), "redrawn": best(redrawn), "kB": len(original) / 1024}


def best(work: Callable[[], object], times: int = 7) -> float:
    """The least milliseconds of processor time that the work took."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append((time.process_time() - began) * 1000)
    return min(spent)


if __name__ == "__main__":
    for name, figure in return_copies().items():
        print(f"{name:10} {figure:8.1f}")
