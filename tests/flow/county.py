"""A county made for tests: definitions in a folder of their own, units on three levels, workbooks filled in, an inbox with its trusted list."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from include import flow

CODE = "qingshan-2026"
MONTH = "month"
WEEKLY = "weekly"

CAMPAIGN = """\
code: qingshan-2026
version: 1
name: {zh: 青山县安全生产月, en: Qingshan safety month}
notice: qingshan-2026
zone: Asia/Shanghai
authority: {name: 青山县安委办, receives: 综合股, telephone: "0421-1234567"}
issued_on: 2026-05-20
first_on: 2026-06-01
last_on: 2026-06-30
trusts_receipts_csv: true
obligations:
  - code: month
    name: {zh: 进展情况统计表, en: Statistics}
    kind: report
    what: form
    form: month
    due: {kind: date, on: 2026-06-20}
    source: {notice: qingshan-2026, quote: 各单位报送统计表和周报}
  - code: weekly
    name: {zh: 隐患周报, en: Weekly}
    kind: report
    what: form
    form: weekly
    due: {kind: weekly, weekday: thursday, first_on: 2026-06-01, last_on: 2026-06-30, at: "16:00"}
    source: {notice: qingshan-2026, quote: 各单位报送统计表和周报}
"""

FORM = """\
code: {code}
version: {version}
title: {{zh: {title}, en: Statistics}}
basis: "decided: for tests"
figures: {figures}
head: [填报单位（盖章）]
tables:
  - code: table
    title: {{zh: {title}, en: Statistics}}
    shape: list
    items:
{items}
{more}
"""

ITEMS = {
    "A1": ("宣传活动", "场次", ""),
    "A2": ("参与宣传人数", "人次", ""),
    "A3": ("发放宣传资料", "份", ""),
    "A4": ("排查隐患", "项", ""),
    "A5": ("整改隐患", "项", "part_of: [A4], "),
    "A6": ("安全培训人数", "人次", ""),
    "A7": ("应急演练人数", "人次", ""),
}
WEEK = {
    "B1": ("出动检查人员", "人次", ""),
    "B2": ("检查企业", "家", ""),
    "B3": ("下达文书", "份", ""),
    "B4": ("张贴标语", "条", ""),
    "B5": ("播放视频", "次", ""),
    "B6": ("约谈负责人", "人", ""),
}


@dataclass
class County:
    """The county's office. `labels` are what items are called in the forms (mended by tests); units' files may call them otherwise."""

    home: Path
    environment: pytest.MonkeyPatch
    units: tuple[str, ...] = ("chengguan", "shuangta", "hedong", "hexi")
    parents: Mapping[str, str] = field(default_factory=lambda: {"chengguan": "east", "shuangta": "east", "hedong": "west", "hexi": "west"})
    received: list[tuple[str, str]] = field(default_factory=list)

    @staticmethod
    def at(home: Path, warehouse: str, environment: pytest.MonkeyPatch) -> "County":
        """A county in a folder of its own over an empty warehouse, defined plainly."""
        environment.setenv("BAOSONG_WAREHOUSE", warehouse)
        for name in ("vault", "out", "outbox", "data_docs"):
            environment.setenv(f"BAOSONG_{name.upper()}", str(home / name))
        environment.delenv("BAOSONG_LANG", raising=False)
        made = County(home, environment)
        made.define()
        return made

    @property
    def inbox(self) -> Path:
        return self.home / "inbox" / CODE

    def define(
        self,
        *,
        version: int = 1,
        labels: Mapping[str, str] | None = None,
        aliases: Mapping[str, str] | None = None,
        items: tuple[str, ...] = tuple(ITEMS),
        more: str = "",
    ) -> None:
        """Write the definitions: `labels` and `aliases` by item stand in for the plain ones, `more` follows both forms."""
        folder = self.home / "definitions"
        for name in ("campaigns", "forms", "notices", "units"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "campaigns" / f"{CODE}.yaml").write_text(CAMPAIGN, encoding="utf-8")
        (folder / "notices" / f"{CODE}.txt").write_text("各单位报送统计表和周报。", encoding="utf-8")

        def line(code: str, label: str, unit: str, rest: str) -> str:
            known = f"aliases: [{aliases[code]}], " if aliases and code in aliases else ""
            label = (labels or {}).get(code, label)
            return f"      - {{code: {code}, label: {label}, {known}{rest}measurement_unit: {unit}, basis: decided}}"

        month = [line(code, *ITEMS[code]) for code in items]
        week = [line(code, *WEEK[code]) for code in WEEK]
        for code, title, figures, some in ((MONTH, "安全生产月进展情况统计表", "cumulative", month), (WEEKLY, "检查周报表", "increment", week)):
            text = FORM.format(code=code, version=version, title=title, figures=figures, items="\n".join(some), more=more)
            (folder / "forms" / f"{code}.yaml").write_text(text, encoding="utf-8")
        rows = ["code,name,parent,aliases,tags,from_on,to_on,heir,basis"]
        parents = dict.fromkeys(self.parents.values())
        rows += [f"{code},{code}片区,,,district,,,,sample" for code in parents]
        rows += [f"{code},{code}镇,{self.parents.get(code, '')},,town,,,,sample" for code in self.units]
        (folder / "units" / f"{CODE}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        self.environment.setenv("BAOSONG_DEFINITIONS", str(folder))

    def send(
        self,
        unit: str,
        name: str,
        at: str,
        figures: Mapping[str, object],
        *,
        obligation: str = MONTH,
        period: str = "",
        labels: Mapping[str, str] | None = None,
    ) -> Path:
        """Put a filled table into a unit's folder, received at that moment by the trusted list."""
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "统计表"
        title = "安全生产月进展情况统计表" if obligation == MONTH else "检查周报表"
        sheet.append([title])
        sheet.append(["填报单位（盖章）：", f"{unit}镇"])
        sheet.append(["序号", "指标", "计量单位", "数值"])
        for number, (code, value) in enumerate(figures.items(), 1):
            label, measure, _ = (ITEMS | WEEK)[code]
            sheet.append([number, (labels or {}).get(code, label), measure, value])
        path = self.inbox / unit / obligation / period / name if period else self.inbox / unit / obligation / name
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)
        self.arrive(path, at)
        return path

    def arrive(self, path: Path, at: str) -> None:
        """List a file as received at a moment."""
        self.received.append((path.relative_to(self.inbox).as_posix(), at))
        with (self.inbox / "receipts.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "received_at"])
            writer.writerows(self.received)

    def take_in(self, as_of: str) -> int:
        """An intake by a stated clock."""
        return flow.intake(CODE, inbox=str(self.inbox), as_of=datetime.fromisoformat(as_of))
