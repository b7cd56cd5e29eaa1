"""A small campaign gathered by hand: what the sheets are fed with, without a warehouse."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from include.domain.campaign import (
    Authority,
    Campaign,
    Deduction,
    EnteredItem,
    EveryWeek,
    Group,
    Obligation,
    OnDate,
    Open,
    Owner,
    Scoring,
    Source,
    Target,
)
from include.domain.expectation import Activity
from include.domain.finding import Finding
from include.domain.form import Form, Item, Table
from include.domain.reading import Answer
from include.domain.receipt import Receipt, Submission
from include.domain.score import PointsTaken, Score
from include.domain.standing import Judgement, Standing
from include.domain.unit import Unit
from include.domain.wordings import Wording
from include.report.gather import Delivery, Material, Problem

ZONE = ZoneInfo("Asia/Shanghai")
EVIL = '=HYPERLINK("http://example.invalid","点我")'


def zh(text: str) -> Wording:
    return Wording(zh=text, en=text)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


LIAISON = Form(
    code="liaison",
    version=1,
    title=zh("联络员推荐表"),
    basis="decided",
    head=("填报单位（盖章）",),
    tables=(
        Table(
            code="people",
            title=zh("联络员"),
            shape="record",
            items=(
                Item(code="L1", label="单位", kind="text", adds="no"),
                Item(code="L3", label="姓名", kind="text", adds="no"),
                Item(code="L4", label="职务", kind="text", adds="no"),
                Item(code="L5", label="办公电话", kind="phone", adds="no"),
                Item(code="L6", label="手机", kind="phone", adds="no"),
            ),
        ),
    ),
)
WEEKLY = Form(
    code="inspection",
    version=3,
    title=zh("暗访情况周报表"),
    basis="decided",
    figures="increment",
    head=("填报单位（盖章）", "统计截止日期"),
    foot=("填报人", "审核人"),
    note="无此项填0",
    tables=(
        Table(
            code="counts",
            title=zh("暗访情况"),
            shape="list",
            items=(
                Item(code="V1", label="暗访次数", measurement_unit="次", section="暗访"),
                Item(code="V2", label="监管项目数", measurement_unit="个", section="暗访", adds="last"),
                Item(code="V5", label="发现隐患", measurement_unit="项", section="隐患"),
                Item(code="V6", label="已整改", measurement_unit="项", section="隐患", part_of=("V5",)),
                Item(code="V8", label="整改率", measurement_unit="%", section="隐患", kind="rate", rate_of=("V6", "V5"), adds="rate"),
                Item(code="H1", label="好的做法", kind="text", adds="no", section="说明", required=False),
            ),
        ),
        Table(
            code="problems",
            title=zh("问题清单"),
            shape="record",
            rows="many",
            items=(
                Item(code="W1", label="项目名称", kind="text", adds="no"),
                Item(code="W7", label="是否销号", kind="choice", choices=("是", "否"), adds="no"),
            ),
        ),
    ),
)
UNITS = tuple(
    Unit(code=code, name=name, tags=tags, order=order)
    for order, (code, name, tags) in enumerate(
        (
            ("jia", "甲市（房建）", ("fangjian",)),
            ("yi", "乙市（房建）", ("fangjian",)),
            ("bing", "丙县（燃气）", ("ranqi",)),
            ("ding", "=1+1丁县（燃气）", ("ranqi",)),
        ),
        start=1,
    )
)
CAMPAIGN = Campaign(
    code="try-2021",
    version=1,
    name=zh("2021年“安全生产月”活动"),
    notice="try-2021",
    zone=ZONE,
    authority=Authority(name="某省住建厅", receives="安全处", telephone="0898-1234567", mailbox="a@example.com"),
    issued_on=date(2021, 5, 20),
    first_on=date(2021, 6, 1),
    last_on=date(2021, 6, 30),
    groups=(Group(tag="fangjian", name=zh("房屋建筑"), by=zh("行业")), Group(tag="ranqi", name=zh("燃气"), by=zh("行业"))),
    obligations=(
        Obligation(code="liaison", name=zh("联络员表"), kind="report", what="form", form="liaison", due=OnDate(kind="date", on=date(2021, 6, 3))),
        Obligation(
            code="weekly",
            name=zh("暗访周报"),
            kind="report",
            what="form",
            form="inspection",
            parts=("scan",),
            due=EveryWeek(kind="weekly", weekday="thursday", first_on=date(2021, 6, 1), last_on=date(2021, 6, 24)),
        ),
        Obligation(
            code="materials", name=zh("活动资料"), kind="report", what="materials", accepts="many",
            due=Open(kind="open", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30)),
        ),
        Obligation(
            code="visits",
            name=zh("每周暗访一次"),
            kind="target",
            target=Target(obligation="weekly", item="V1", at_least=1),
            source=Source(notice="try-2021", quote="每周集中开展一次暗访"),
        ),
        Obligation(code="training", name=zh("组织培训"), kind="target", owner=Owner(who="authority"), basis="decided: 主管单位自办"),
        Obligation(code="ledger", name=zh("隐患台账"), kind="keep", basis="decided: 留存"),
    ),
    scoring=Scoring(
        deductions=(Deduction(when="missing", points=1.0), Deduction(when="late", points=0.5, cap=2.0)),
        entered=(EnteredItem(code="bonus", name=zh("加分"), most=5.0),),
        group_tags=("fangjian", "ranqi"),
        basis="decided: 通知没有评分办法",
    ),
)  # fmt: skip
AS_OF = at("2021-06-12T09:30:00")


def answer(item: str, value: object, cell: str, *, row: int | None = None, approximate: bool = False, raw: str = "") -> Answer:
    return Answer(
        item=item, row=row, value=value, raw=raw or ("无" if value is None else str(value)), sheet="Sheet1", cell=cell, approximate=approximate
    )


def week(v1: int | None, v2: int, v5: int, v6: int, *, approximate: bool = False) -> tuple[Answer, ...]:
    rate = round(v6 * 100 / v5, 1) if v5 else None
    return (
        answer("V1", v1, "D4"),
        answer("V2", v2, "D5"),
        answer("V5", v5, "D6", approximate=approximate, raw=f"约{v5}" if approximate else ""),
        answer("V6", v6, "D7"),
        answer("V8", rate, "D8", raw="/" if rate is None else ""),
        answer("W1", EVIL, "B3", row=1),
        answer("W7", "否", "H3", row=1),
    )


def liaison(name: str, mobile: str) -> tuple[Answer, ...]:
    return tuple(answer(code, value, f"{'BCDEF'[n]}4") for n, (code, value) in enumerate(
        (("L1", "某单位"), ("L3", name), ("L4", "科长"), ("L5", "0898-7654321"), ("L6", mobile))))  # fmt: skip


class Desk:
    """Puts receipts, submissions and standings together; the number of a receipt is its place."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.deliveries: dict[str, Delivery] = {}
        self.standings: list[Standing] = []
        self.answers: dict[str, tuple[Answer, ...]] = {}
        self.problems: list[Problem] = []

    def receive(self, path: str, received_at: datetime, content: bytes = b"x") -> int:
        number = len(self.receipts) + 1
        self.receipts.append(
            Receipt(
                campaign_code=CAMPAIGN.code, number=number, path=path, size=len(content), sha256=f"{number:064x}", modified_at=None,
                received_at=received_at, how_known="first_seen", recorded_at=received_at, previous_hash="", receipt_hash=f"{number + 900:064x}",
            )
        )  # fmt: skip
        return number

    def deliver(
        self,
        unit: str,
        obligation: str,
        period: str | None,
        received_at: datetime,
        *,
        state: str = "accepted",
        form: str = "",
        said: tuple[Answer, ...] = (),
        name: str = "",
        is_nil: bool = False,
    ) -> Submission:
        number = self.receive(f"{unit}/{obligation}/{name or f'{obligation}.xlsx'}", received_at)
        one = Submission(
            id=f"try-2021-{number:06d}", receipt_number=number, unit=unit, obligation=obligation, period=period, received_at=received_at,
            recorded_at=received_at, state=state, sha256=self.receipts[-1].sha256, told_at=received_at, is_nil=is_nil,
        )  # fmt: skip
        self.deliveries[one.id] = Delivery(submission=one, path=self.receipts[-1].path, form=form, state=state)
        self.answers[one.id] = said
        return one

    def stand(
        self, unit: str, obligation: str, period: str | None, due_at: datetime | None, standing: str, of: Submission | None = None, **more: object
    ) -> None:
        self.standings.append(
            Standing(
                unit=unit, obligation=obligation, period=period, due_at=due_at, standing=standing, submission=of.id if of else None,
                received_at=of.received_at if of and standing in ("on_time", "late", "under_review") else None, **more,
            )
        )  # fmt: skip

    def find(self, of: Submission | None, finding: Finding, *, label: str, message: str, remedy: str, number: int = 0) -> None:
        delivery = self.deliveries[of.id] if of else None
        path = delivery.path if delivery else self.receipts[number - 1].path
        self.problems.append(
            Problem(
                receipt_number=of.receipt_number if of else number, path=path, delivery=delivery,
                finding=finding, label=label, message=message, remedy=remedy,
            )
        )  # fmt: skip


def gathered() -> tuple[Material, Desk]:
    """Four units on 12 June: liaison due the 3rd, two weeks due (the 3rd and the 10th), two to come."""
    desk = Desk()
    liaison_due, first, second, third = at("2021-06-04T00:00:00"), at("2021-06-04T00:00:00"), at("2021-06-11T00:00:00"), at("2021-06-18T00:00:00")
    for unit, name, mobile in (("jia", "张三", "13900000001"), ("yi", EVIL, "13900000002")):
        one = desk.deliver(unit, "liaison", None, at("2021-06-02T10:00:00"), form="liaison", said=liaison(name, mobile))
        desk.stand(unit, "liaison", None, liaison_due, "on_time", one)
    desk.stand("bing", "liaison", None, liaison_due, "missing")
    desk.stand("ding", "liaison", None, liaison_due, "exempt")

    one = desk.deliver("jia", "weekly", "2021-06-03", at("2021-06-03T09:00:00"), form="inspection", said=week(2, 100, 10, 5))
    desk.stand("jia", "weekly", "2021-06-03", first, "on_time", one, missing_parts=("scan",))
    one = desk.deliver("yi", "weekly", "2021-06-03", first + timedelta(seconds=1), form="inspection", said=week(1, 40, 20, 20))
    desk.stand("yi", "weekly", "2021-06-03", first, "late", one, late_by_s=1)
    desk.stand("bing", "weekly", "2021-06-03", first, "missing")
    one = desk.deliver("ding", "weekly", "2021-06-03", at("2021-06-02T09:00:00"), form="inspection", is_nil=True)
    desk.stand("ding", "weekly", "2021-06-03", first, "on_time", one)

    one = desk.deliver(
        "jia", "weekly", "2021-06-10", at("2021-06-10T09:00:00"), form="inspection", said=week(3, 90, 8, 8, approximate=True), name="周报.xlsx"
    )
    desk.stand("jia", "weekly", "2021-06-10", second, "on_time", one, flags=("has_warnings",))
    desk.find(
        one, Finding(code="R403", severity="warning", item="V5", sheet="Sheet1", cell="D6", given=EVIL, expected="整数"), label="发现隐患",
        message="工作表「Sheet1」 D6填的是约数。", remedy="请核实后填确数。",
    )  # fmt: skip
    bad = desk.deliver("yi", "weekly", "2021-06-10", at("2021-06-10T11:00:00"), state="returned", form="inspection", name="=cmd.xlsx")
    desk.stand("yi", "weekly", "2021-06-10", second, "returned", bad)
    desk.find(
        bad, Finding(code="V501", severity="error", item="V6", sheet="Sheet1", cell="D7", given="9", expected="“发现隐患”8"), label="已整改",
        message="D7填的是9，超过了“发现隐患”8。", remedy="请核对两项数字。",
    )  # fmt: skip
    waiting = desk.deliver("bing", "weekly", "2021-06-10", at("2021-06-10T12:00:00"), state="waiting", form="inspection")
    desk.stand("bing", "weekly", "2021-06-10", second, "under_review", waiting)
    desk.stand("ding", "weekly", "2021-06-10", second, "missing")
    for unit in ("jia", "yi", "bing", "ding"):
        desk.stand(unit, "weekly", "2021-06-17", third, "not_due")
        desk.stand(unit, "materials", None, None, "not_due")
    number = desk.receive("无主/新建 文档.xlsx", at("2021-06-11T08:00:00"))
    desk.find(
        None, Finding(code="C301", severity="warning", given="无主"), label="", message="看不出是哪个单位报的。", remedy="请认领。", number=number
    )

    order = {unit.code: unit.order for unit in UNITS}
    places = {one.code: n for n, one in enumerate(CAMPAIGN.obligations)}
    standings = tuple(sorted(desk.standings, key=lambda s: (order[s.unit], places[s.obligation], s.period or "")))
    scores = (
        Score(unit="jia", score=100.0, rank=1, group_tag="fangjian"),
        Score(unit="yi", score=99.5, rank=2, group_tag="fangjian", deductions=(
            PointsTaken(points=0.5, clause="迟报每次扣0.5分", obligation="weekly", period="2021-06-03", why="暗访周报迟报1秒"),)),
        Score(unit="bing", score=98.0, rank=1, group_tag="ranqi", deductions=(
            PointsTaken(points=2.0, clause="未报每次扣1分", obligation="weekly", period="2021-06-03", why=EVIL),)),
        Score(unit="ding", score=98.0, rank=1, group_tag="ranqi"),
    )  # fmt: skip
    judgement = Judgement(
        campaign=CAMPAIGN.code,
        as_of=AS_OF,
        known_at=AS_OF,
        standings=standings,
        scores=scores,
        undated=(Activity(unit="jia", plan="liaison", row=2, name="消防演练", ends_on=None, raw_day="待定", submission="try-2021-000001"),),
        arrivals=(("jia", "materials", 3),),
    )
    material = Material(
        campaign=CAMPAIGN,
        units=UNITS,
        forms={"liaison": LIAISON, "inspection": WEEKLY},
        judgement=judgement,
        deliveries=desk.deliveries,
        problems=tuple(desk.problems),
        answers=desk.answers,
        receipts=tuple(desk.receipts),
        head=desk.receipts[-1].receipt_hash,
    )
    return material, desk


def with_judgement(material: Material, **more: object) -> Material:
    return replace(material, judgement=replace(material.judgement, **more))
