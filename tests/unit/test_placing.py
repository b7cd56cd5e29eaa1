"""Whose a file is and what for: agreement places it, anything else asks."""

import time as time_module
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
import yaml

from include import catalogue
from include.catalogue.wording import fold, similar
from include.domain.campaign import AfterActivity, Authority, Campaign, EveryMonth, EveryWeek, Obligation, OnDate, Open
from include.domain.expectation import Activity, expectations
from include.domain.placing import SEVERITIES, Owed, Placement, UnitIndex, clues, normalise_activity_name, place
from include.domain.reading import Mark, Reading
from include.domain.unit import Unit
from include.domain.wordings import Wording
from include.settings import DEFINITIONS

ZONE = ZoneInfo("Asia/Shanghai")


class EveryDay:
    def is_workday(self, day: date) -> bool:
        return day.weekday() < 5


def obligation(code: str, name: str, what: str, due: object, **more: object) -> Obligation:
    return Obligation(code=code, name=Wording(zh=name, en=code), kind="report", what=what, due=due, **more)  # type: ignore[arg-type]


CAMPAIGN = Campaign(
    code="june",
    version=1,
    name=Wording(zh="六月", en="June"),
    notice="june",
    zone=ZONE,
    authority=Authority(name="住建局", receives="住建局安全股"),
    issued_on=date(2021, 6, 4),
    first_on=date(2021, 6, 1),
    last_on=date(2021, 12, 31),
    obligations=(
        obligation("liaison", "联络员推荐表", "form", OnDate(kind="date", on=date(2021, 6, 7)), form="liaison", file_words=("联络员",)),
        obligation("activity-plan", "重点活动计划表", "form", OnDate(kind="date", on=date(2021, 6, 7)), form="activity-plan", file_words=("计划表",)),
        obligation(
            "weekly",
            "每周活动资料",
            "materials",
            EveryWeek(kind="weekly", weekday="thursday", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30), at=time(16)),
            accepts="many",
            file_words=("周报", "好的做法"),
        ),
        obligation(
            "inspection",
            "暗访情况表",
            "form",
            EveryWeek(kind="weekly", weekday="thursday", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30), at=time(16)),
            form="inspection",
            file_words=("暗访",),
        ),
        obligation("month-summary", "安全生产月总结", "document", OnDate(kind="date", on=date(2021, 6, 23)), file_words=("总结",)),
        obligation(
            "month-table",
            "安全生产月统计表",
            "form",
            OnDate(kind="date", on=date(2021, 6, 23)),
            form="table",
            file_words=("统计表",),
            parts=("scan",),
        ),
        obligation("tour-summary", "朝阳行总结", "document", OnDate(kind="date", on=date(2021, 12, 26)), file_words=("朝阳行总结",)),
        obligation("tour-table", "朝阳行统计表", "form", OnDate(kind="date", on=date(2021, 12, 26)), form="table", file_words=("朝阳行统计表",)),
        obligation(
            "activity-report",
            "重点活动情况",
            "materials",
            AfterActivity(kind="after_activity", plan="activity-plan", name_item="P1", date_item="P2", days=3),
            accepts="many",
        ),
        obligation(
            "practices",
            "活动资料",
            "materials",
            Open(kind="open", first_on=date(2021, 6, 1), last_on=date(2021, 6, 30)),
            accepts="many",
            file_words=("特色项目",),
        ),
    ),
)
UNITS = (
    Unit(code="anquangu", name="安全股", aliases=("局安全股", "安监股"), order=1),
    Unit(code="jianguangu", name="建管股", aliases=("建筑管理股",), order=2),
    Unit(code="chengjiangu", name="城建股", order=3),
    Unit(code="nanshan", name="南山区应急办", order=4),
    Unit(code="a1", name="第一公司", order=5),
    Unit(code="a12", name="第十二公司", order=6),
    Unit(code="old", name="城管股", order=7, to_on=date(2021, 6, 12), heir="chengjiangu"),
)
INDEX = UnitIndex.build(UNITS, fold)
ACTIVITIES = tuple(
    Activity(
        unit="jianguangu", plan="activity-plan", row=row, name=name, ends_on=date(2021, 6, day), raw_day="", submission="s", normal_name=fold(name)
    )
    for row, (name, day) in enumerate((("安全宣传咨询日", 16), ("塔吊应急演练", 20)), 1)
)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def placed(path: str, *readings: Reading, at: str = "2021-06-09 10:00", met: Sequence[str] = ()) -> Placement:
    """Place a file; `met` lists the periods (or, for single reports, obligations) that its unit already has something acceptable for."""
    owed = expectations(CAMPAIGN, UNITS, ACTIVITIES, EveryDay(), moment(at))

    def owing(unit: str) -> list[Owed]:
        mine = [one for one in owed if one.unit == unit]
        return [Owed(expectation=one, is_met=f"{one.obligation} {one.period}" in met or one.obligation in met) for one in mine]

    return place(clues(path, CAMPAIGN, INDEX), readings or [said()], campaign=CAMPAIGN, index=INDEX, owed=owing, received_at=moment(at))


def said(form: str = "", *, unit: str | None = None, period: str | None = None, mark: Mark | None = None, kind: str = "") -> Reading:
    return Reading(form=form, version=1, unit_named=unit, period_named=period, mark=mark, file_kind=kind)


def where(placement: Placement) -> list[tuple[str, str | None]]:
    return [(slot.obligation, slot.period) for slot in placement.slots]


def codes(placement: Placement) -> list[str]:
    return [one.code for one in placement.findings]


def test_the_severities_are_those_of_the_catalogue() -> None:
    rules = yaml.safe_load((DEFINITIONS / "findings" / "placing.yaml").read_text(encoding="utf-8"))
    assert {rule["code"]: rule["severity"] for rule in rules} == dict(SEVERITIES)


@pytest.mark.parametrize("folder", ["jianguangu", "建管股", "建筑管理股", "建 管 股", "建管股（机关）", "JIANGUANGU", "北票市住建局建管股"])
def test_a_folder_names_its_unit_by_code_name_or_alias_in_any_writing(folder: str) -> None:
    placement = placed(f"{folder}/联络员推荐表.xlsx", said("liaison"))
    assert placement.unit == "jianguangu"
    assert where(placement) == [("liaison", None)]


def test_traditional_characters_name_the_same_unit() -> None:
    assert INDEX.find("建築管理股").unit == "jianguangu"


def test_letters_left_out_still_name_a_unit_but_letters_changed_do_not() -> None:
    assert INDEX.find("南山应急办").unit == "nanshan"
    assert INDEX.find("南山县应急办").unit is None


def test_a_near_miss_is_a_question_and_not_a_match() -> None:
    named = INDEX.find("南山区应急力")
    assert (named.unit, named.how, named.candidates) == (None, "near", ("nanshan",))
    placement = placed("联络员推荐表.xlsx", said("liaison", unit="南山区应急力"))
    assert not placement.is_placed
    assert codes(placement) == ["C302"]


def test_a_near_miss_among_forty_thousand_units_costs_milliseconds() -> None:
    units = [Unit(code=f"u{n:05}", name=f"第{n}街道办事处安全生产办公室", aliases=(f"{n}街道安办",), order=n) for n in range(40_000)]
    index = UnitIndex.build(units, fold, similar)
    began = time_module.perf_counter()
    for n in range(100, 110):
        found = index.find(f"第{n}街道事务处安全生产办公室")
        assert found.how == "near"
        assert found.unit is None
        assert f"u{n:05}" in found.candidates
    assert time_module.perf_counter() - began < 3, "a tenth of that where nobody else computes"


def test_similar_names_are_those_of_the_slow_way() -> None:
    slow, fast = UnitIndex.build(UNITS, fold), UnitIndex.build(UNITS, fold, similar)
    for text in ("南山区应急力", "安全殿", "南山县应急办公厅", "城建科", "某某局", ""):
        assert set(slow.find(text).candidates) <= set(fast.find(text).candidates), text
        assert slow.find(text).unit == fast.find(text).unit


def test_a_code_does_not_stand_in_a_longer_code() -> None:
    assert INDEX.within("a12统计表") == ("a12",)


def test_a_table_in_a_neighbours_folder_asks_whose_it_is() -> None:
    placement = placed("建管股/统计表.xlsx", said("table", unit="城建股"))
    assert (placement.is_placed, codes(placement)) == (False, ["C701"])
    assert (placement.findings[0].given, placement.findings[0].expected) == ("城建股", "建管股")


def test_a_document_called_after_a_neighbour_asks_but_one_addressed_to_the_receiver_does_not() -> None:
    assert codes(placed("建管股/城建股总结.docx")) == ["C701"]
    assert placed("建管股/安全股总结.docx").unit == "jianguangu"
    assert placed("建管股/与城建股联合检查总结.docx").unit == "jianguangu"


def test_a_name_inside_that_no_roster_knows_is_told_but_the_folder_places_it() -> None:
    placement = placed("建管股/统计表.xlsx", said("table", unit="某某集团"))
    assert placement.unit == "jianguangu"
    assert "C303" in codes(placement)


def test_without_a_folder_the_name_inside_places_it() -> None:
    assert placed("联络员.xlsx", said("liaison", unit="北票市住建局城建股")).unit == "chengjiangu"


def test_without_a_folder_the_file_name_places_it_with_a_word() -> None:
    placement = placed("城建股联络员.xlsx", said("liaison"))
    assert placement.unit == "chengjiangu"
    assert codes(placement) == ["C302"]


def test_without_a_folder_inside_and_name_must_agree() -> None:
    assert codes(placed("城建股联络员.xlsx", said("liaison", unit="建管股"))) == ["C701"]


def test_a_file_that_names_nobody_is_kept_and_asked_about() -> None:
    placement = placed("新建 Microsoft Excel 工作表.xlsx", said("liaison"))
    assert (placement.unit, placement.is_placed, codes(placement)) == (None, False, ["C301"])


def test_a_folder_of_nobody_is_not_overruled_by_one_witness_but_by_two() -> None:
    assert not placed("临时/联络员.xlsx", said("liaison", unit="城建股")).is_placed
    assert placed("临时/城建股联络员.xlsx", said("liaison", unit="城建股")).unit == "chengjiangu"


def mark(unit: str = "jianguangu", obligation: str = "liaison", period: str = "", campaign: str = "june") -> Mark:
    return Mark(campaign=campaign, obligation=obligation, form="liaison", version=1, unit=unit, period=period)


def test_the_mark_is_believed_only_when_it_agrees_with_the_folder() -> None:
    assert placed("建管股/表.xlsx", said("liaison", mark=mark())).is_placed
    assert codes(placed("城建股/表.xlsx", said("liaison", mark=mark()))) == ["C702"]
    assert codes(placed("建管股/表.xlsx", said("liaison", mark=mark(campaign="july")))) == ["C702"]
    assert codes(placed("建管股/activity-plan/表.xlsx", said("activity-plan", mark=mark()))) == ["C702"]


def test_a_table_in_the_folder_of_another_report_asks() -> None:
    assert codes(placed("建管股/liaison/表.xlsx", said("activity-plan"))) == ["C703"]


def test_one_file_may_hold_two_attachments() -> None:
    assert where(placed("建管股/附件.xlsx", said("liaison"), said("activity-plan"))) == [("liaison", None), ("activity-plan", None)]


def test_a_summary_with_its_table_meets_both_when_its_name_says_so() -> None:
    placement = placed("建管股/总结及统计表.docx", said("table", kind="docx"), at="2021-06-22 10:00")
    assert where(placement) == [("month-table", None), ("month-summary", None)]
    assert [slot.form for slot in placement.slots] == ["table", ""]


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("总结.docx", "2021-06-22 10:00", "month-summary"),
        ("总结.docx", "2021-12-20 10:00", "tour-summary"),
        ("朝阳行总结.docx", "2021-06-22 10:00", "tour-summary"),
        ("朝阳行活动总结（终稿2）.docx", "2021-12-20 10:00", "tour-summary"),
        ("安全生产月工作总结.docx", "2021-12-20 10:00", "month-summary"),
    ],
)
def test_two_summaries_are_told_apart_by_their_words_or_by_which_is_open(name: str, at: str, expected: str) -> None:
    met = ("month-summary",) if at > "2021-07" else ()
    assert where(placed(f"建管股/{name}", at=at, met=met)) == [(expected, None)]


def test_the_same_table_twice_a_year_asks_when_both_could_be_meant() -> None:
    assert codes(placed("建管股/统计表.xlsx", said("table"), at="2021-12-20 10:00")) == ["C305"]
    assert where(placed("建管股/统计表.xlsx", said("table"), at="2021-06-25 10:00")) == [("month-table", None)]
    assert where(placed("建管股/统计表.xlsx", said("table", period="2021年6月22日"), at="2021-12-20 10:00", met=("month-table",))) == [
        ("month-table", None)
    ]


def test_folder_and_name_that_say_different_tables_ask() -> None:
    assert codes(placed("建管股/month-table/朝阳行统计表.xlsx", said("table"))) == ["C703"]


@pytest.mark.parametrize(
    "path",
    [
        "建管股/weekly/2021-06-10/照片.jpg",
        "建管股/weekly/6月10日/照片.jpg",
        "建管股/每周活动资料/第2周/照片.jpg",
        "建管股/weekly/照片20210610.jpg",
        "建管股/周报（6月10日）.docx",
        "建管股/周报第二周.docx",
        "建管股/周报6.4-6.10.docx",
        "建管股/6月10日/周报.docx",
        "建管股/周报6月9日.docx",
    ],
)
def test_the_week_is_told_by_folder_or_name(path: str) -> None:
    # Received two weeks later: the moment of arrival says nothing.
    assert where(placed(path, at="2021-06-23 10:00")) == [("weekly", "2021-06-10")]


def test_the_week_is_told_by_content() -> None:
    placement = placed("建管股/暗访.xlsx", said("inspection", period="统计截止日期：2021年6月9日"), at="2021-06-16 10:00")
    assert where(placement) == [("inspection", "2021-06-10")]


def test_with_nothing_to_tell_by_the_only_open_week_takes_it_and_says_so() -> None:
    placement = placed("建管股/暗访.xlsx", said("inspection"), at="2021-06-09 10:00")
    assert (where(placement), codes(placement)) == ([("inspection", "2021-06-10")], ["C306"])
    later = placed("建管股/暗访.xlsx", said("inspection"), at="2021-06-16 10:00", met=("inspection 2021-06-10",))
    assert where(later) == [("inspection", "2021-06-17")]


def test_a_late_report_of_last_week_never_takes_this_weeks_slot() -> None:
    for period in (None, "填报日期：2021年6月11日", "2021-06-14", "填表日期 6月16日"):
        placement = placed("建管股/暗访.xlsx", said("inspection", period=period), at="2021-06-16 12:00")
        assert (where(placement), codes(placement)) == ([], ["C305"]), period
        assert placement.unit == "jianguangu"


def test_a_second_table_without_a_date_after_all_is_met_asks() -> None:
    assert codes(placed("建管股/暗访.xlsx", said("inspection"), met=("inspection 2021-06-10",))) == ["C305"]


def test_more_photos_of_the_running_week_are_taken_where_many_are_accepted() -> None:
    assert where(placed("建管股/weekly/照片2.jpg", met=("weekly 2021-06-10",))) == [("weekly", "2021-06-10")]


def monthly(
    path: str,
    day: int = 5,
    *,
    at: str = "2021-07-03 10:00",
    met: tuple[str, ...] = ("2021-05-05", "2021-06-05"),
    period: str | None = None,
) -> Placement:
    """Place a file where a table is due on one day of each month from May to August."""
    rule = EveryMonth(kind="monthly", days=(day,), first_on=date(2021, 5, 1), last_on=date(2021, 8, 31))
    table = obligation("month", "月报表", "form", rule, form="inspection", file_words=("报表",))
    of = replace(CAMPAIGN, issued_on=date(2021, 5, 1), first_on=date(2021, 5, 1), obligations=(table,))
    expected = expectations(of, UNITS, (), EveryDay(), moment(at))

    def owing(unit: str) -> list[Owed]:
        return [Owed(expectation=one, is_met=one.period in met) for one in expected if one.unit == unit]

    reading = said("inspection", period=period)
    return place(clues(path, of, INDEX), [reading], campaign=of, index=INDEX, owed=owing, received_at=moment(at))


def test_a_monthly_report_is_told_by_its_month() -> None:
    # Due on the 5th of the next month: in July the June report is meant, and May's correction never takes July's slot.
    assert where(monthly("建管股/6月报表.xlsx")) == [("month", "2021-07-05")]
    assert where(monthly("建管股/报表.xlsx", period="2021年六月份")) == [("month", "2021-07-05")]
    assert where(monthly("建管股/报表（202106）.xlsx")) == [("month", "2021-07-05")]
    for name in ("4月报表", "报表2021-04"):
        assert where(monthly(f"建管股/{name}.xlsx")) == [("month", "2021-05-05")], name
    assert codes(monthly("建管股/2月报表.xlsx")) == ["C307"]
    assert codes(monthly("建管股/5月报表.xlsx")) == ["C305"], "met, and May's day is met too: a correction of which?"
    assert codes(monthly("建管股/6月报表.xlsx", met=("2021-05-05",))) == ["C305"], "June's own day is unmet too: nobody can tell"
    # Due on the 25th of the month itself.
    met = ("2021-05-25", "2021-06-25")
    assert where(monthly("建管股/5月报表.xlsx", 25, met=met)) == [("month", "2021-05-25")]
    assert where(monthly("建管股/2021年第二季度报表.xlsx", 25, met=met)) == [("month", "2021-06-25")]


def test_a_week_that_nobody_owes_asks() -> None:
    assert codes(placed("建管股/weekly/第1周/照片.jpg")) == ["C307"]
    assert codes(placed("建管股/暗访.xlsx", said("inspection", period="2021年9月30日"))) == ["C307"]


def test_folder_and_content_that_say_different_weeks_ask() -> None:
    placement = placed("建管股/inspection/2021-06-17/暗访.xlsx", said("inspection", period="统计截止日期 2021年6月10日"))
    assert (codes(placement), where(placement)) == (["C704"], [])


def test_last_weeks_blank_used_again_asks() -> None:
    old = Mark(campaign="june", obligation="inspection", form="inspection", version=1, unit="jianguangu", period="2021-06-10")
    assert codes(placed("建管股/暗访.xlsx", said("inspection", period="2021年6月17日", mark=old))) == ["C704"]
    assert where(placed("建管股/暗访.xlsx", said("inspection", mark=old), at="2021-06-16 10:00")) == [("inspection", "2021-06-10")]


def test_an_activity_is_told_by_its_name_or_its_day() -> None:
    period = "安全宣传咨询日@2021-06-16"
    for path in (
        "建管股/activity-report/安全宣传咨询日@2021-06-16/1.jpg",
        "建管股/重点活动情况/6月16日/1.jpg",
        "建管股/安全宣传咨询日照片.jpg",
        "建管股/“安全宣传咨询日”好的做法.docx",
    ):
        assert where(placed(path, at="2021-06-18 10:00")) == [("activity-report", period)], path


def test_a_nameless_photo_asks_where_it_could_be_several_things() -> None:
    assert codes(placed("建管股/IMG_0001.jpg")) == ["C304"]


def test_a_stamped_scan_is_a_part_of_its_table() -> None:
    placement = placed("建管股/month-table/统计表盖章.pdf", said(kind="pdf"))
    assert [(slot.obligation, slot.part) for slot in placement.slots] == [("month-table", "scan")]


def test_an_unreadable_table_is_put_to_what_its_name_says() -> None:
    assert where(placed("建管股/联络员.xlsx", said(kind="xlsx"))) == [("liaison", None)]


def test_after_a_merger_the_old_folder_serves_its_heir() -> None:
    assert placed("城管股/联络员.xlsx", said("liaison")).unit == "old"
    heir = placed("城管股/总结.docx", at="2021-06-20 10:00")
    assert (heir.unit, where(heir)) == ("chengjiangu", [("month-summary", None)])


def test_units_grouped_in_folders_are_found_below() -> None:
    assert placed("机关股室/建管股/联络员.xlsx", said("liaison")).unit == "jianguangu"


def test_an_activitys_name_has_one_form() -> None:
    assert normalise_activity_name("“6·16”  安全宣傳諮詢日（启动）", fold) == normalise_activity_name("6·16安全宣传咨询日启动", fold)


def test_the_five_campaigns_place_their_own_words() -> None:
    for code in catalogue.campaign_codes():
        definitions = catalogue.load(code)
        index = UnitIndex.build(definitions.units, fold)
        unit = definitions.units[0]
        for one in definitions.campaign.reports():
            said_by_folder = clues(f"{unit.name}/{one.code}/x.pdf", definitions.campaign, index)
            assert (said_by_folder.folder_unit.unit, said_by_folder.obligations_by_folder) == (unit.code, (one.code,))
            for word in (one.name.zh, *one.file_words):
                assert one.code in clues(f"{unit.code}/{word}.xlsx", definitions.campaign, index).obligations_by_name, (code, word)
