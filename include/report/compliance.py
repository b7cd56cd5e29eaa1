"""compliance.xlsx: one workbook a campaign for supervisors, sheet by sheet."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from include.report import words
from include.report.files import replaced
from include.report.gather import Material
from include.report.page import Paper
from include.report.sheets import chasing, goals, overview, problem_list, register, scoring, standing_grid, sums, versions
from include.report.totals import RollUp


def foot_of(material: Material) -> str:
    """The line at the foot of every sheet and page. The day of making is the day of `as_of`: the same input gives the same bytes."""
    zone, as_of = material.campaign.zone, material.judgement.as_of
    day = words.full_day(as_of.astimezone(zone).date())
    return f"{material.campaign.authority.name}　制表日期：{day}　数据截至：{words.full_moment(as_of, zone)}"


def write_compliance(path: Path, material: Material, rolls: Sequence[RollUp], copies: Mapping[str, str]) -> Path:
    """Write the workbook to `path`; `copies` are the return copies by submission, as paths relative to it."""

    def write(draft: Path) -> None:
        title = f"{material.campaign.name.zh}报送情况"
        paper = Paper.begin(draft, material.judgement.as_of.astimezone(material.campaign.zone), title, foot_of(material))
        below = overview.write(paper, material, rolls)
        standing_grid.write(paper, material)
        chasing.write_missing(paper, material)
        chasing.write_chasing(paper, material)
        problem_list.write(paper, material, copies)
        sums.write(paper, material, rolls)
        scoring.write(paper, material)
        register.write(paper, material, copies)
        versions.write(paper, material)
        goals.write(paper, material)
        sums.write_behind(paper, material, rolls)
        scoring.write_detail(paper, material)
        register.write_behind(paper, material)
        overview.write_contents(paper, material, below)
        paper.close()

    return replaced(path, write)
