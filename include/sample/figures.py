"""Believable answers for a form: counts that agree with each other, people with telephones, activities with days."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from include.domain.form import Form
from include.sample.page import Shown, Truth

Figures = dict[tuple[str, int | None], Shown]

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_GIVEN = ("建国", "志强", "晓东", "丽华", "海燕", "文博", "春梅", "国栋", "思远", "雪", "伟", "敏", "静", "磊", "洋", "秀英")
_POSTS = ("科员", "副科长", "安全员", "办公室主任", "股长", "副主任", "四级调研员", "安全总监")
_MEASURES = {
    "人次": (40, 4800),
    "份": (20, 3000),
    "幅": (5, 120),
    "块": (1, 40),
    "篇": (1, 30),
    "项": (4, 160),
    "条": (1, 40),
    "个": (1, 12),
    "场次": (1, 28),
    "次": (1, 24),
    "万元": (0, 40),
}
# Sessions and their participants, and figures that must be reached, as the notices have them.
_PAIRS = {
    "A2": "A3", "A4": "A5", "C4": "C5", "D1": "D2", "E1": "E2", "E3": "E4", "E5": "E6", "E7": "E8", "E9": "E10", "E11": "E12",
}  # fmt: skip
_AT_LEAST = {"E16": 1, "E17": 1, "V1": 1}
_ESTATES = tuple(first + last for first in ("滨江", "锦绣", "金海", "凤凰", "海棠", "椰风") for last in ("花园", "大厦", "雅苑"))
_DEEDS = (
    "开展“安全红袖章”行动，形成人人查隐患的良好氛围",
    "举办一线班组安全技能比武，推广班前会五分钟做法",
    "创新“线上课堂+现场教学”模式，制作安全微视频在公众号展播",
    "与社区共建安全宣传角，常态化开展居民用气安全入户检查",
    "邀请专家开展“云问诊”，为企业解决难点问题",
)


def person(luck: Random) -> str:
    """A name."""
    return luck.choice(_SURNAMES) + luck.choice(_GIVEN)


def mobile(luck: Random) -> str:
    """A mobile number from a range that no carrier gives out."""
    return "1390000" + f"{luck.randrange(10000):04d}"


def rate(part: int, whole: int) -> float | None:
    """Return the percentage at one decimal, halves up; None where the whole is nought."""
    if whole == 0:
        return None
    return float((Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def statistics(form: Form, luck: Random, *, before: Mapping[tuple[str, int | None], Shown] | None = None, is_quiet: bool = False) -> Figures:
    """Answers to a table of counts.

    `before` are the unit's last cumulative figures, which these never fall short of; `is_quiet` makes most of them nought.
    """
    given: dict[str, Shown] = {}
    sections = {item.code: item for item in form.items()}
    for item in form.items():
        if item.kind == "count":
            low, high = _MEASURES.get(item.measurement_unit, (0, 30))
            given[item.code] = 0 if luck.random() < (0.7 if is_quiet else 0.08) else luck.randint(low, high)
        elif item.kind == "amount":
            given[item.code] = round(luck.randint(0, 300) / 100, 2)
        elif item.kind == "text":
            given[item.code] = luck.choice(_DEEDS)
    for sessions, participants in _PAIRS.items():
        if sessions in given and participants in given:
            number = given[sessions]
            assert isinstance(number, int)
            given[participants] = number * luck.randint(18, 160)
    if "G2" in given:
        found = luck.randint(3, 180)
        major = luck.choice((0, 0, 0, 1, 2))
        given |= {"G2": found, "G3": found - luck.choice((0, 0, 0, 1, 2, 3)), "G5": major, "G6": major if luck.random() < 0.7 else 0}
        if found - major < found - int(str(given["G3"])) and given["G6"] == major:
            given["G3"] = found
    for code, least in _AT_LEAST.items():
        if code in given and isinstance(given[code], int) and int(str(given[code])) < least:
            given[code] = least
    if "E17" in given:
        given["E17"] = luck.choice((1, 2))
    if before is not None:
        for (code, _), value in before.items():
            now = given.get(code)
            if sections[code].kind in ("count", "amount") and isinstance(value, (int, float)) and isinstance(now, (int, float)):
                grown = value + (now // 3 if isinstance(now, int) and not (_is_pair(code) and value == 0) else 0)
                given[code] = round(grown, 2)
        for sessions, participants in _PAIRS.items():
            if participants in given and given.get(sessions) == 0:
                given[participants] = 0
        if "G2" in given:
            found, mended, major, mended_major = (int(str(given[code])) for code in ("G2", "G3", "G5", "G6"))
            given["G3"] = min(mended, found)
            given["G6"] = min(mended_major, major)
    if "G4" in given or "G4" in sections:
        given["G4"] = rate(int(str(given["G3"])), int(str(given["G2"])))
    return {(code, None): value for code, value in given.items() if code in sections}


def _is_pair(code: str) -> bool:
    return code in _PAIRS or code in _PAIRS.values()


def liaison(form: Form, luck: Random, unit: str, sector: str) -> Figures:
    """One liaison of the unit."""
    name = person(luck)
    given: dict[str, Shown] = {
        "L1": unit,
        "L2": sector or None,
        "L3": name,
        "L4": luck.choice(_POSTS),
        "L5": f"0{luck.choice(('421', '898', '22', '451', '27'))}-{luck.randint(5800000, 5899999)}",
        "L6": mobile(luck),
        "L7": f"0{luck.choice(('421', '898', '22', '451'))}-{luck.randint(5700000, 5799999)}",
        "L8": f"wx_{luck.randrange(100000):05d}",
        "L9": f"liaison{luck.randrange(1000):03d}@example.com",
        "L10": luck.choice(("专职", "兼职", "二十四小时开机")),
    }
    if not sector:
        del given["L2"]
    return {(item.code, None): given[item.code] for item in form.items() if item.code in given}


ACTIVITIES = (
    "安全生产月启动仪式", "消防应急演练", "安全宣传咨询日活动", "防汛应急演练", "安全知识竞赛", "燃气安全进社区活动", "班组长安全培训",
    "警示教育片观看活动", "户外广告设施安全检查", "垃圾转运站隐患排查", "有限空间作业演练", "安全公开课", "园林作业安全观摩",
    "市政道路桥梁安全巡查", "党员志愿服务活动", "公众开放日活动",
)  # fmt: skip


def activity(name: str, day: str, luck: Random, unit: str) -> dict[str, Shown]:
    """One row of an activity plan."""
    return {
        "P1": name,
        "P2": day,
        "P3": luck.choice(("单位会议室", "中心广场", "泰达街道", "作业现场", "培训中心", "社区活动室")),
        "P4": luck.choice(("宣传动员、讲解安全知识", "组织演练并讲评", "集中学习、现场答题", "发放宣传资料、接受咨询")),
        "P5": unit,
        "P6": person(luck),
        "P7": mobile(luck),
        "P8": luck.randint(20, 300),
        "P9": luck.choice(("重点", "品牌", "重点", "一般")),
    }


def covert_inspection(luck: Random, supervised: int) -> Figures:
    """One week of covert inspections: increments; a rate whose whole is nought is None (/)."""
    visits = luck.randint(1, 3)
    visited = luck.randint(3, min(12, supervised))
    with_problems = luck.randint(0, min(visited, 5))
    found = with_problems * luck.randint(1, 3)
    mended = luck.randint(0, found)
    figures: Figures = {
        ("V1", None): visits,
        ("V2", None): supervised,
        ("V3", None): visited,
        ("V4", None): with_problems,
        ("V5", None): found,
        ("V6", None): mended,
        ("V7", None): rate(with_problems, supervised),
        ("V8", None): rate(mended, found),
    }
    for number in range(1, found + 1):
        figures |= {
            ("W1", number): f"{luck.choice(_ESTATES)}{luck.randint(1, 9)}号楼项目",
            ("W2", number): luck.choice(("临边防护缺失", "配电箱未上锁", "脚手架连墙件不足", "未佩戴安全帽", "消防通道堵塞", "塔吊限位失灵")),
            ("W3", number): f"{luck.choice(('海建', '琼城', '南方', '鸿运'))}建设有限公司",
            ("W4", number): luck.choice(("立即整改", "限期整改", "停工整改")),
            ("W5", number): f"2021-06-{luck.randint(10, 30):02d}",
            ("W6", number): person(luck),
            ("W7", number): "是" if number <= mended else "否",
        }
    return figures


def truths(figures: Figures) -> dict[tuple[str, int | None], Truth]:
    """Put every answer into a truth of its own; a rate without a whole is nil."""
    return {(item, row): Truth(item=item, row=row, value=value) for (item, row), value in figures.items()}
