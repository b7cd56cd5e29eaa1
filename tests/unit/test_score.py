"""Scores: every point with its reason, caps and floors, targets of the units only, ties as ties."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from include.domain.campaign import Authority, Campaign, Deduction, EnteredItem, Obligation, OnDate, Owner, Scoring, Target
from include.domain.decision import Decision, awards
from include.domain.score import Figure, Score, scores
from include.domain.standing import Standing, StandingName
from include.domain.unit import Unit
from include.domain.wordings import Wording

DUE = datetime(2021, 6, 23, 16, tzinfo=UTC)
AS_OF = DUE + timedelta(days=10)


def obligation(code: str, name: str, **more: object) -> Obligation:
    return Obligation(code=code, name=Wording(zh=name, en=code), **({"kind": "report", "due": OnDate(kind="date", on=date(2021, 6, 23))} | more))  # type: ignore[arg-type]


def campaign(
    *deductions: Deduction, entered: tuple[EnteredItem, ...] = (), groups: tuple[str, ...] = (), more: tuple[Obligation, ...] = (), floor: float = 0
) -> Campaign:
    return Campaign(
        code="c",
        version=1,
        name=Wording(zh="活动", en="campaign"),
        notice="c",
        zone=ZoneInfo("Asia/Shanghai"),
        authority=Authority(name="办", receives="办"),
        issued_on=date(2021, 6, 1),
        first_on=date(2021, 6, 1),
        last_on=date(2021, 12, 31),
        obligations=(obligation("table", "统计表"), obligation("summary", "总结"), *more),
        scoring=Scoring(deductions=deductions, entered=entered, group_tags=groups, floor=floor),
    )


def standing(unit: str, name: StandingName, obligation: str = "table", **more: object) -> Standing:
    return Standing(unit=unit, obligation=obligation, period=None, due_at=DUE, standing=name, **more)  # type: ignore[arg-type]


UNITS = tuple(Unit(code=code, name=code, order=order) for order, code in enumerate("abcd", 1))
MISSING, LATE = Deduction(when="missing", points=1), Deduction(when="late", points=0.5)


def score(of: Campaign, *standings: Standing, **more: object) -> Score:
    return scores(of, UNITS[:1], standings, as_of=AS_OF, **more)[0]  # type: ignore[arg-type]


def test_missing_costs_one_and_late_a_half_each_with_its_reason() -> None:
    one = score(campaign(MISSING, LATE), standing("a", "missing"), standing("a", "late", "summary", late_by_s=12_000))
    assert one.score == 98.5
    assert [(taken.points, taken.obligation, taken.why) for taken in one.deductions] == [
        (1, "table", "统计表未报"),
        (0.5, "summary", "总结迟报3小时20分"),
    ]
    assert [taken.clause for taken in one.deductions] == ["未报每次扣1分", "迟报每次扣0.5分"]


def test_on_time_exempt_and_not_due_cost_nothing() -> None:
    of = campaign(MISSING, LATE)
    assert score(of, standing("a", "on_time")).score == 100
    assert score(of, standing("a", "exempt"), standing("a", "not_due", "summary")).rank is None


def test_late_by_days_counts_days_begun_up_to_the_cap() -> None:
    by_day = Deduction(when="late", points=1, per="day", cap=2)
    assert score(campaign(by_day), standing("a", "late", late_by_s=1)).score == 99
    assert score(campaign(by_day), standing("a", "late", late_by_s=86_400)).score == 99
    assert score(campaign(by_day), standing("a", "late", late_by_s=86_401)).score == 98
    capped = score(campaign(by_day), standing("a", "late", late_by_s=86_400 * 5), standing("a", "late", "summary", late_by_s=1))
    assert (capped.score, [taken.points for taken in capped.deductions]) == (98, [2, 0])
    assert "本项最多扣2分" in capped.deductions[1].why


def test_the_score_never_falls_below_the_floor() -> None:
    assert score(campaign(Deduction(when="missing", points=80), floor=40), standing("a", "missing"), standing("a", "missing", "summary")).score == 40


def test_returned_reports_cost_quality_whether_mended_or_not() -> None:
    of = campaign(Deduction(when="returned", points=0.2))
    assert score(of, standing("a", "on_time", flags=("repaired",)), standing("a", "returned", "summary")).score == 99.6


def test_warnings_cost_until_they_are_explained_and_lacking_parts_until_they_come() -> None:
    of = campaign(Deduction(when="warning", points=0.1), Deduction(when="incomplete", points=0.5))
    assert score(of, standing("a", "on_time", flags=("has_warnings",))).score == 99.9
    assert score(of, standing("a", "on_time", flags=("has_warnings", "explained"))).score == 100
    lacking = score(of, standing("a", "on_time", missing_parts=("scan",)))
    assert (lacking.score, lacking.deductions[0].why) == (99.5, "统计表缺件（盖章扫描件）")


TARGET = obligation(
    "brand",
    "品牌活动",
    kind="target",
    due=None,
    owner=Owner(who="tags", tags=("office",)),
    target=Target(obligation="table", item="E17", at_least=1, at_most=2),
)
OFFICE = (Unit(code="a", name="a", tags=("office",), order=1), Unit(code="b", name="b", order=2))


def reached(value: float | None, of: Obligation = TARGET, name: StandingName = "on_time") -> tuple[float, ...]:
    figures = [Figure(unit=unit, obligation="table", period=None, item="E17", value=value) for unit in "ab"] if value is not None else []
    judged = [standing("a", name), standing("b", name)]
    return tuple(one.score for one in scores(campaign(Deduction(when="target_missed", points=1), more=(of,)), OFFICE, judged, figures, as_of=AS_OF))


def test_a_target_is_scored_on_those_who_own_it() -> None:
    assert reached(1) == (100, 100)
    assert reached(0) == (99, 100)
    assert reached(3) == (99, 100)
    assert reached(None) == (99, 100)


def test_a_target_is_not_taken_from_who_sent_no_report() -> None:
    assert reached(None, name="missing") == (100, 100)


def test_the_authoritys_targets_are_never_scored() -> None:
    assert reached(0, replace(TARGET, owner=Owner(who="authority"))) == (100, 100)


def award(number: int, item: str, points: float, why: str, unit: str = "a") -> Decision:
    moment = {"decided_at": DUE, "recorded_at": DUE}
    return Decision(number=number, verb="award", by="王科长", why=why, unit=unit, item=item, points=points, paper=f"检查记录{number}", **moment)


def test_what_persons_enter_is_held_between_least_and_most() -> None:
    items = (
        EnteredItem(code="inspection", name=Wording(zh="督查", en="inspection"), least=-10, most=0),
        EnteredItem(code="adopted", name=Wording(zh="采用", en="adopted"), most=5),
    )
    of = campaign(MISSING, entered=items)
    found = [award(1, "inspection", -4, "现场检查"), award(2, "adopted", 3, "刊发一篇"), award(3, "adopted", 4, "刊发两篇")]
    one = score(of, standing("a", "on_time"), awards=found)
    assert (one.score, [taken.points for taken in one.deductions]) == (100, [4, -3, -2])
    assert score(of, standing("a", "on_time"), awards=found[:1]).score == 96
    assert [taken.why for taken in one.deductions] == [
        "现场检查（依据：检查记录1；王科长；意见1号）",
        "刊发一篇（依据：检查记录2；王科长；意见2号）",
        "刊发两篇（依据：检查记录3；王科长；意见3号）（原评+4分，本项限0至5分）",
    ]


def test_a_bonus_lifts_over_the_full_points_only_where_the_table_says_so() -> None:
    items = (EnteredItem(code="adopted", name=Wording(zh="采用", en="adopted"), most=5),)
    of = campaign(MISSING, entered=items)
    lifted = replace(of, scoring=replace(of.scoring, ceiling=103))
    given = [award(1, "adopted", 2, "刊发"), award(2, "adopted", 2, "刊发")]
    assert [score(one, standing("a", "on_time"), awards=given[:n]).score for one in (of, lifted) for n in (1, 2)] == [100, 100, 102, 103]


def test_an_award_counts_from_its_moment_until_it_is_withdrawn() -> None:
    day = timedelta(days=1)
    given = [award(1, "inspection", -4, "现场检查"), award(2, "inspection", -2, "复查")]
    back = replace(given[0], number=3, verb="withdraw", withdraws=1, points=None, item=None, decided_at=DUE + 2 * day, recorded_at=DUE + 5 * day)
    given = [back, *given]

    def counted(as_of: datetime, known_at: datetime = DUE + 9 * day) -> list[int]:
        return [one.number for one in awards(given, as_of, known_at)]

    assert counted(DUE - timedelta(seconds=1)) == []
    assert counted(DUE) == [1, 2]
    assert counted(DUE + 2 * day - timedelta(microseconds=1)) == [1, 2]
    assert counted(DUE + 2 * day) == [2]
    assert counted(DUE + 2 * day, known_at=DUE + 4 * day) == [1, 2], "what was recorded later was not known then"
    assert counted(DUE + 2 * day, known_at=DUE - day) == []


def test_ties_share_a_rank_and_the_next_one_is_skipped() -> None:
    judged = [
        standing("a", "on_time"),
        standing("b", "missing"),
        standing("c", "missing"),
        standing("d", "missing"),
        standing("d", "missing", "summary"),
    ]
    assert [one.rank for one in scores(campaign(MISSING), UNITS, judged, as_of=AS_OF)] == [1, 2, 2, 4]


def test_ranks_are_given_only_among_like_units() -> None:
    units = tuple(replace(unit, tags=(tag,)) for unit, tag in zip(UNITS, ("office", "affiliate", "office", "affiliate"), strict=True))
    judged = [standing("a", "missing"), standing("b", "missing"), standing("c", "on_time"), standing("d", "missing")]
    found = scores(campaign(MISSING, groups=("office", "affiliate")), units, judged, as_of=AS_OF)
    assert [(one.group_tag, one.rank) for one in found] == [("office", 2), ("affiliate", 1), ("office", 1), ("affiliate", 1)]
