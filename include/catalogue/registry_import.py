"""A campaign's registry out of a workbook: columns by the names in their head, all problems at once, nothing half done."""

import csv
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from pathlib import Path

from include.catalogue.library import Library, read_registry
from include.catalogue.problem import Problem, both
from include.catalogue.references import CODE, check_units
from include.catalogue.shelf import Shelf, shelf
from include.catalogue.strict import Parsed
from include.catalogue.wording import fold
from include.domain.campaign import Campaign
from include.exceptions import BaosongError, BrokenDefinition

COLUMNS = ("code", "name", "parent", "aliases", "tags", "from_on", "to_on", "heir", "changes", "basis")
_HEADS = {
    "name": ("单位名称", "单位", "名称", "报送单位", "填报单位", "单位全称", "name"),
    "code": ("代码", "单位代码", "编码", "code"),
    "parent": ("上级单位", "上级", "主管单位", "隶属", "parent"),
    "aliases": ("别名", "简称", "曾用名", "单位简称", "aliases"),
    "tags": ("标签", "类别", "行业", "分类", "tags"),
    "from_on": ("生效日期", "起始日期", "启用日期", "from_on"),
    "to_on": ("截止日期", "终止日期", "撤销日期", "to_on"),
    "heir": ("承接单位", "并入单位", "继承单位", "heir"),
    "changes": ("变动", "变更", "隶属变动", "changes"),
    "basis": ("来源", "依据", "basis"),
}
_COLUMN_OF = {fold(word): column for column, words in _HEADS.items() for word in words}
_SEVERAL = ("aliases", "tags")
_parting = re.compile(r"[、，,;；|/\n]+")
_LOOKED_AT = 20  # rows in which the head may stand, under titles
_MOST_EMPTY = 200  # blank rows after which a sheet has ended, whatever its declared size


def import_units(file: Path, campaign: str, folder: Path) -> Path:
    """Write `units/<campaign>.csv` below a definitions folder from an .xlsx; the row order becomes the official order. Returns the file written.

    The head is the first row that has 单位名称; other columns are 代码, 上级单位 (code or name), 别名, 标签 (code or name of the campaign's tags),
    生效日期, 截止日期, 承接单位, 变动 ("2021-06-16 上级 北区；2021-07-01 名称 北区城管局"), 来源. A unit without a code keeps the one it has in the
    present registry, else gets the next free `u0001`. Every problem of every row raises one BrokenDefinition, and then no file is changed.
    """
    if not CODE.fullmatch(campaign):
        raise BaosongError(f"活动代码 `{campaign}` 只能用小写字母、数字和连字符 (lower-case letters, digits and hyphens only)")
    target = folder / "units" / f"{campaign}.csv"
    here = Shelf((folder, *shelf().folders))
    known = _campaign(here, campaign)
    problems: list[Problem] = []
    rows = list(_rows(file, problems))
    if not problems:
        _fill_in(rows, _codes_in_use(target), known, file, problems)
    if problems:
        raise BrokenDefinition([str(problem) for problem in problems])
    text = _as_csv([row for _, row in rows], file.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = target.with_name(f".{target.name}.new")
    try:
        written.write_text(text, encoding="utf-8", newline="")
        wrong = _problems_of(written, known, file, [number for number, _ in rows])
        if wrong:
            raise BrokenDefinition([str(problem) for problem in wrong])
        os.replace(written, target)  # noqa: PTH105 (one step: the registry is the old one or the new one)
    finally:
        written.unlink(missing_ok=True)
    return target


def _campaign(here: Shelf, code: str) -> Campaign | None:
    """The campaign as far as it can be read; a registry may be there before its campaign."""
    parsed = Library(here).campaign(code)
    return parsed.value if isinstance(parsed, Parsed) else None


def _codes_in_use(target: Path) -> dict[str, str]:
    """The codes of the present registry by folded name."""
    if not target.is_file():
        return {}
    return {fold(unit.name): unit.code for unit in read_registry(target).units() if unit.code}


def _rows(file: Path, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """The sheet's rows as (row number, column -> text) under the first head found."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001 (openpyxl raises whatever the archive or its XML raised)
        problems.append(Problem(file=file, line=1, key="", message=both(f"打不开，请另存为 .xlsx：{error}", f"not a readable .xlsx: {error}")))
        return
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            head: list[str | None] = []
            empty = 0
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                texts = [_text(cell) for cell in cells]
                empty = 0 if any(texts) else empty + 1
                if empty > _MOST_EMPTY or (not head and number > _LOOKED_AT):
                    break
                if not head:
                    head = _head(texts, file, number, problems)
                elif any(texts):
                    row = {column: text for column, text in zip(head, texts, strict=False) if column and text}
                    if row and fold(row.get("name", "")) not in ("合计", "总计"):
                        yield number, row
            if head:
                return
        problems.append(
            Problem(file=file, line=1, key="", message=both("没有找到表头：需要一列“单位名称”", "no head found: a column 单位名称 is wanted"))
        )
    finally:
        book.close()


def _head(texts: Sequence[str], file: Path, number: int, problems: list[Problem]) -> list[str | None]:
    columns = [_COLUMN_OF.get(fold(text)) if text else None for text in texts]
    if "name" not in columns or sum(column is not None for column in columns) < 1:
        return []
    for column in COLUMNS:
        if columns.count(column) > 1:
            names = "、".join(text for text, found in zip(texts, columns, strict=True) if found == column)
            problems.append(
                Problem(file=file, line=number, key=names, message=both("这几列说的是同一件事，只留一列", "these columns mean the same, keep one"))
            )
    return columns


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _fill_in(rows: list[tuple[int, dict[str, str]]], in_use: dict[str, str], known: Campaign | None, file: Path, problems: list[Problem]) -> None:
    """Give codes to units without one, codes to parents and tags called by name, and one form to days."""
    taken = set(in_use.values()) | {row["code"] for _, row in rows if "code" in row}
    free = (code for code in (f"u{number:04}" for number in range(1, 1_000_000)) if code not in taken)
    by_name: dict[str, str] = {}
    for number, row in rows:
        if "name" not in row:
            problems.append(Problem(file=file, line=number, key="单位名称", message=both("没有写单位名称", "the unit's name is missing")))
            continue
        row["code"] = row.get("code", "").lower() or in_use.get(fold(row["name"])) or next(free)
        for text in (row["name"], *_parts(row.get("aliases", ""))):
            by_name.setdefault(fold(text), row["code"])
    codes = {row.get("code") for _, row in rows}
    tags = {fold(tag.name.zh): tag.code for tag in known.tags} if known else {}
    for number, row in rows:
        for column, head in (("parent", "上级单位"), ("heir", "承接单位")):
            text = row.get(column, "")
            if text and text not in codes:
                found = by_name.get(fold(text))
                if found is None:
                    problems.append(
                        Problem(file=file, line=number, key=head, message=both(f"名册里没有「{text}」", f"`{text}` is not in the registry"))
                    )
                else:
                    row[column] = found
        for column, head in (("from_on", "生效日期"), ("to_on", "截止日期")):
            if column in row:
                day = _day(row[column])
                if day is None:
                    message = both(f"「{row[column]}」应为日期，如 2021-06-07", f"`{row[column]}` should be a day such as 2021-06-07")
                    problems.append(Problem(file=file, line=number, key=head, message=message))
                else:
                    row[column] = day
        if "tags" in row:
            row["tags"] = "|".join(tags.get(fold(tag), tag) for tag in _parts(row["tags"]))
        if "aliases" in row:
            row["aliases"] = "|".join(dict.fromkeys(alias for alias in _parts(row["aliases"]) if fold(alias) != fold(row.get("name", ""))))
        if "changes" in row:
            row["changes"] = "|".join(_changed(part, codes, by_name) for part in re.split(r"[；;|\n]+", row["changes"]) if part.strip())
        if row.get("basis") not in ("notice", "known", "sample"):
            row["basis"] = "known"


def _changed(text: str, codes: Collection[str | None], by_name: Mapping[str, str]) -> str:
    """A change as the registry writes it: "2021年6月16日 上级 北区" -> "2021-06-16 parent beiqu"; what is not understood stays, to be told."""
    found = re.fullmatch(r"\s*(\S+?日?)\s+(上级单位|上级|隶属|parent|名称|更名|name)\s*(.*?)\s*", text)
    day = _day(found[1]) if found else None
    if found is None or day is None:
        return text.strip()
    if found[2] in ("名称", "更名", "name"):
        return f"{day} name {found[3]}"
    return f"{day} parent {found[3] if found[3] in codes else by_name.get(fold(found[3]), found[3])}".strip()


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _parting.split(text) if part.strip()]


def _day(text: str) -> str | None:
    found = re.fullmatch(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?", text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat() if found else None
    except ValueError:
        return None


def _as_csv(rows: Sequence[dict[str, str]], name: str) -> str:
    out = StringIO()
    out.write(f"# 由 {' '.join(name.split())} 导入；行序即建制顺序。Imported; row order is the official order.\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row.get(column, "") for column in COLUMNS] for row in rows)
    return out.getvalue()


def _problems_of(written: Path, known: Campaign | None, file: Path, numbers: Sequence[int]) -> list[Problem]:
    """What the catalogue would say of the new registry, told by the rows of the workbook."""
    registry = read_registry(written)
    found = list(registry.problems)
    if known is not None:
        check_units(registry.rows, known)
    for number, row in zip(numbers, registry.rows, strict=False):
        found += [Problem(file=file, line=number, key=p.key, message=p.message) for p in row.problems]
    return found
