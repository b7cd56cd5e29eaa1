"""Measurement units (计量单位): which wordings mean the same, which merely differ, and which contradict."""

from functools import lru_cache
from typing import Literal

from include.catalogue.wording import fold
from include.read.lexicon import words

Relation = Literal["same", "near", "differs", "contradicts", "scaled", "unknown"]

# Families in which one unit may stand for another without changing the figure. People, money and percentages contradict everything else.
_families: dict[str, tuple[str, ...]] = {
    "sessions": words("场次 场 次 期 回 轮 堂 节 班次 期次 次数 场数 堂次"),
    "batches": words("批次 批"),
    "people": words("人次 人 名 位 人数 人员 人次数 余人"),
    "matters": words("个 项 处 件 条 起 宗 例 条次 件次 项次 处次 起数 件数 个数 项数 条数 点 家 户 家次"),
    "copies": words("份 张 册 本 份数 套 枚"),
    "writings": words("篇 则 篇次 稿 期刊 篇数"),
    "surfaces": words("幅 块 面 台 屏 条幅 处屏"),
    "money": words("元 万元 千元 亿元 百元 百万元 元人民币 人民币元 人民币万元"),
    "rate": words("% 百分比 百分率 百分点"),
    "goods": words("辆 具 只 支 部 艘 架 座 栋 吨 千克 公斤 米 公里 平方米 m2 亩 小时 课时 学时 天 分钟"),
}
FAMILY: dict[str, str] = {unit: family for family, units in _families.items() for unit in units}
_distinct = ("people", "money", "rate")
# The longest first, so that 场次 is not read as 场 and a rest.
BY_LENGTH: tuple[str, ...] = tuple(sorted(FAMILY, key=lambda unit: (-len(unit), unit)))
_money = {
    "元": 1, "元人民币": 1, "人民币元": 1, "百元": 100, "千元": 1_000, "万元": 10_000, "人民币万元": 10_000, "百万元": 1_000_000, "亿元": 100_000_000,
}  # fmt: skip


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """Return a measurement unit's normal form ("场（次）" -> "场次", "％" -> "%"), or "" if the text is none that is known."""
    if len(text) > 12:
        return ""
    key = fold(text)
    for lead in ("计量单位", "单位"):
        if key.startswith(lead):
            key = key[len(lead) :]
    if key in FAMILY:
        return key
    if key[:1] in "万千百亿" and key[1:] in FAMILY:
        return key
    return ""


@lru_cache(maxsize=4096)
def relation(stated: str, wanted: str) -> Relation:
    """How a stated unit stands to the item's own; both in normal form. `scaled`: the same thing in thousands, in 万 or another size of money."""
    if not stated or not wanted:
        return "unknown"
    if stated == wanted:
        return "same"
    ours, theirs = FAMILY.get(wanted), FAMILY.get(stated)
    if theirs is None and stated[:1] in "万千百亿":
        bare = stated[1:]
        return "scaled" if relation(bare, wanted) in ("same", "near") else "contradicts"
    if ours is None or theirs is None:
        return "differs"
    if ours == "money" and theirs == "money":
        return "same" if _money[stated] == _money[wanted] else "scaled"
    if ours == theirs:
        return "near"
    if ours in _distinct or theirs in _distinct:
        return "contradicts"
    if {ours, theirs} == {"sessions", "batches"}:
        return "near"
    return "differs"


def scale(stated: str, wanted: str) -> tuple[int, int]:
    """Return (numerator, denominator) that turn a figure in the stated unit into the wanted one; both in normal form, related as `scaled`."""
    if stated in _money and wanted in _money:
        return _money[stated], _money[wanted]
    return {"万": 10_000, "千": 1_000, "百": 100, "亿": 100_000_000}[stated[0]], 1
