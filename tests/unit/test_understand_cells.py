"""One cell as one item's value: what people type, and what may be made of it."""

from datetime import date, datetime, time

import pytest

from include.domain.form import Item
from include.read.cells import chinese_number, read_entry, read_figure, read_words
from include.read.grid import CellValue

SESSIONS = Item(code="X1", label="应急演练", measurement_unit="场次")
TIMES = Item(code="X2", label="开展检查", measurement_unit="次")
PEOPLE = Item(code="X3", label="应急演练参与人数", measurement_unit="人次")
MONEY = Item(code="X4", label="兑现举报奖励金额", measurement_unit="万元", kind="amount")
YUAN = Item(code="X5", label="奖金", measurement_unit="元", kind="amount")
RATE = Item(code="X6", label="整改率", measurement_unit="%", kind="rate")
WORDS = Item(code="X7", label="姓名", kind="text")
NOTE = Item(code="X8", label="备注", kind="text", required=False)
PHONE = Item(code="X9", label="手机", kind="phone")
DAY = Item(code="X10", label="时间", kind="date", required=False)
STRUCK = Item(code="X11", label="是否销号", kind="choice", choices=("是", "否"))


@pytest.mark.parametrize(
    ("item", "shown", "value"),
    [
        (SESSIONS, 12, 12),
        (SESSIONS, 12.0, 12),
        (SESSIONS, 0, 0),
        (SESSIONS, "0", 0),
        (SESSIONS, "零", 0),
        (SESSIONS, "12", 12),
        (SESSIONS, " 12 ", 12),
        (SESSIONS, "１２", 12),
        (SESSIONS, "12场", 12),
        (SESSIONS, "12场次", 12),
        (SESSIONS, "12 场", 12),
        (SESSIONS, "12次", 12),
        (SESSIONS, "12（场）", 12),
        (SESSIONS, "12场（次）", 12),
        (SESSIONS, "三场", 3),
        (SESSIONS, "二十", 20),
        (SESSIONS, "两场", 2),
        (SESSIONS, "壹拾贰", 12),
        (SESSIONS, "共12场", 12),
        (SESSIONS, "开展12场", 12),
        (SESSIONS, "12。", 12),
        (SESSIONS, "12.0", 12),
        (SESSIONS, "'12", 12),
        (SESSIONS, "012", 12),
        (SESSIONS, "：12", 12),
        (PEOPLE, "3,000人次", 3000),
        (PEOPLE, "３，０００", 3000),
        (PEOPLE, "1.2万", 12000),
        (PEOPLE, "1.2万人次", 12000),
        (PEOPLE, "三千", 3000),
        (PEOPLE, "一万二千", 12000),
        (PEOPLE, "两万零五十", 20050),
        (PEOPLE, "350名", 350),
        (PEOPLE, "1.2萬", 12000),
        (MONEY, 1.2, 1.2),
        (MONEY, "1.2", 1.2),
        (MONEY, "1.2万元", 1.2),
        (MONEY, "一万元", 1),
        (MONEY, 3.0, 3),
        (MONEY, 0.1 + 0.2, 0.3),
        (YUAN, "5,000.50元", 5000.5),
        (YUAN, "1.2万元", 12000),
        (RATE, "85%", 85),
        (RATE, "85.7％", 85.7),
        (RATE, 85, 85),
        (RATE, 85.7, 85.7),
        (RATE, "85", 85),
        (RATE, "百分之八十五", 85),
        (RATE, 0, 0),
        (RATE, "100%", 100),
    ],
)
def test_what_a_clerk_reads_without_asking_is_read_without_a_finding(item: Item, shown: CellValue, value: float) -> None:
    entry = read_figure(shown, item)
    assert (entry.state, entry.value, entry.approximate, entry.faults) == ("value", value, False, [])
    assert type(entry.value) is type(value)


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("约500", 500),
        ("800余人", 800),
        ("近300", 300),
        ("1000多", 1000),
        ("大约1,200人次", 1200),
        ("1.2万余人次", 12000),
        ("500人左右", 500),
        ("三千余人", 3000),
        ("500+", 500),
        ("約５００人", 500),
        ("800餘人次", 800),
        ("超过200", 200),
        ("不少于100人", 100),
    ],
)
def test_approximate_figures_are_flagged_and_warned_of(shown: str, value: int) -> None:
    entry = read_figure(shown, PEOPLE)
    assert (entry.state, entry.value, entry.approximate) == ("value", value, True)
    assert "approximate" in [fault[0] for fault in entry.faults]


@pytest.mark.parametrize(
    ("item", "shown", "value", "doubt"),
    [
        (PEOPLE, "开展活动12场，参与350人次", 350, "one_of_two_figures"),
        (SESSIONS, "开展活动12场，参与350人次", 12, "one_of_two_figures"),
        (TIMES, "12次/3场", 12, "one_of_two_figures"),
        (SESSIONS, "12（其中线上3）", 12, "remark_beside_figure"),
        (SESSIONS, "6月16日开展12场", 12, "remark_beside_figure"),
        (SESSIONS, "1 234", 1234, "remark_beside_figure"),
        (SESSIONS, "累计12场", 12, "remark_beside_figure"),
        (SESSIONS, "12个", 12, "unit_differs"),
        (MONEY, "5000元", 0.5, "unit_converted"),
    ],
)
def test_what_needs_a_second_look_is_read_with_a_finding(item: Item, shown: str, value: float, doubt: str) -> None:
    entry = read_figure(shown, item)
    assert (entry.state, entry.value, [fault[0] for fault in entry.faults]) == ("value", value, [doubt])


@pytest.mark.parametrize(
    ("item", "shown", "doubt"),
    [
        (SESSIONS, "—", "dash_for_blank"),
        (SESSIONS, "-", "dash_for_blank"),
        (SESSIONS, "——", "dash_for_blank"),
        (SESSIONS, "/", "slash_for_figure"),
        (SESSIONS, -3, "negative_number"),
        (SESSIONS, "-3", "negative_number"),
        (SESSIONS, 12.5, "fraction_of_count"),
        (SESSIONS, "12.5", "fraction_of_count"),
        (SESSIONS, "若干", "not_a_number"),
        (SESSIONS, "多次", "not_a_number"),
        (SESSIONS, "详见附件", "not_a_number"),
        (SESSIONS, "十几场", "not_a_number"),
        (SESSIONS, "一百二", "not_a_number"),
        (SESSIONS, "三四十", "not_a_number"),
        (SESSIONS, "上百场", "not_a_number"),
        (SESSIONS, "(12)", "not_a_number"),
        (SESSIONS, "10-15", "unsolved_expression"),
        (SESSIONS, "10～15场", "unsolved_expression"),
        (SESSIONS, "10+5", "unsolved_expression"),
        (SESSIONS, "12/15", "unsolved_expression"),
        (SESSIONS, "=10+5", "unsolved_expression"),
        (SESSIONS, "12 34", "two_figures"),
        (SESSIONS, "1,2", "two_figures"),
        (SESSIONS, "12场/3次", "two_figures"),
        (SESSIONS, "本周3场，累计12场", "two_figures"),
        (SESSIONS, "12（另有3场）", "two_figures"),
        (SESSIONS, "计划20场，完成12场", "two_figures"),
        (SESSIONS, "350人", "unit_contradicts"),
        (PEOPLE, "12场", "unit_contradicts"),
        (SESSIONS, "85%", "percent_of_count"),
        (SESSIONS, "#REF!", "error_value"),
        (SESSIONS, "6月16日", "date_for_number"),
        (SESSIONS, datetime(2021, 6, 12), "date_for_number"),
        (SESSIONS, date(2021, 6, 12), "date_for_number"),
        (SESSIONS, time(12, 30), "date_for_number"),
        (SESSIONS, True, "not_a_number"),
        (SESSIONS, 1e300, "precision_lost"),
        (PEOPLE, "1.23456万", "fraction_of_count"),
        (MONEY, "1.2万", "scale_unclear"),
        (MONEY, "￥5000", "not_a_number"),
        (RATE, 0.85, "rate_unclear"),
        (RATE, "0.85", "rate_unclear"),
        (RATE, 1, "rate_unclear"),
        (RATE, "6/7", "unsolved_expression"),
        (RATE, "—", "dash_for_blank"),
    ],
)
def test_what_a_clerk_would_ask_about_gives_no_value(item: Item, shown: CellValue, doubt: str) -> None:
    entry = read_figure(shown, item)
    assert (entry.state, entry.value, [fault[0] for fault in entry.faults]) == ("fault", None, [doubt])


@pytest.mark.parametrize("shown", ["无", " 无 ", "无。", "（无）", "無", "没有", "暂无"])
def test_nothing_of_it_is_nil_for_that_item(shown: str) -> None:
    assert (read_figure(shown, SESSIONS).state, read_figure(shown, SESSIONS).value) == ("nil", None)


def test_a_slash_is_nil_for_a_rate_only() -> None:
    assert read_figure("/", RATE).state == "nil"
    assert read_figure("／", RATE).state == "nil"
    assert read_figure("/", MONEY).state == "fault"


@pytest.mark.parametrize("shown", [None, "", "  ", "　", "\n", "\u200b"])
def test_a_blank_is_not_a_nought(shown: CellValue) -> None:
    assert read_figure(shown, SESSIONS).state == "blank"
    assert read_words(shown, WORDS).state == "blank"


def test_a_percentage_format_makes_a_rate_and_spoils_a_count() -> None:
    assert read_figure(0.857, RATE, is_percent=True).value == 85.7
    assert read_figure(1, RATE, is_percent=True).value == 100
    assert [fault[0] for fault in read_figure(0.12, SESSIONS, is_percent=True).faults] == ["percent_of_count"]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("一", 1),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("一百一十", 110),
        ("一千零一", 1001),
        ("三万", 30000),
        ("三万零五百", 30500),
        ("贰佰", 200),
        ("一百二", None),
        ("二十三四", None),
        ("二一", None),
        ("百", None),
        ("一千五", None),
        ("三万二", None),
        ("零零", None),
        ("一零", None),
        ("一百零", None),
    ],
)
def test_chinese_numbers_are_read_only_when_said_in_full(words: str, number: int | None) -> None:
    assert chinese_number(words) == number


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        (13800138000.0, "13800138000"),
        (13800138000, "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("0421-2812345", "0421-2812345"),
        ("0421—2812345", "0421-2812345"),
        ("2812345", "2812345"),
        ("0421-2812345转8", "0421-2812345转8"),
        ("13800138000.0", "13800138000"),
    ],
)
def test_telephone_numbers_keep_their_digits(shown: CellValue, value: str) -> None:
    entry = read_entry(shown, PHONE)
    assert (entry.state, entry.value, entry.faults) == ("value", value, [])


def test_a_telephone_number_stored_as_a_figure_may_have_lost_its_nought() -> None:
    assert [fault[0] for fault in read_entry(4212812345, PHONE).faults] == ["leading_zero_lost"]
    assert read_entry("1.38E+10", PHONE).state == "fault"


def test_words_are_trimmed_and_otherwise_kept() -> None:
    assert read_entry("  王　小明\n", WORDS).value == "王　小明"
    assert read_entry(12.0, WORDS).value == "12"
    assert read_entry("無", NOTE).state == "nil"
    assert read_entry("/", NOTE).state == "blank"
    assert [fault[0] for fault in read_entry("—", WORDS).faults] == ["dash_for_blank"]


def test_days_stay_as_typed_unless_the_cell_holds_a_day() -> None:
    assert read_entry("6月16-18日", DAY).value == "6月16-18日"
    assert read_entry("待定", DAY).value == "待定"
    assert read_entry(datetime(2021, 6, 16), DAY).value == "2021-06-16"
    assert read_entry(date(2021, 6, 16), DAY).value == "2021-06-16"
    serial = read_entry(44363, DAY)
    assert (serial.value, [fault[0] for fault in serial.faults]) == ("2021-06-16", ["number_for_date"])
    assert read_entry(6.16, DAY).value == "6.16"


@pytest.mark.parametrize(
    ("shown", "value"),
    [("是", "是"), ("√", "是"), ("已销号", "是"), ("未销号", "否"), ("×", "否"), (" 否 ", "否"), ("Y", "是"), ("正在整改", "正在整改")],
)
def test_choices_are_known_by_their_signs(shown: str, value: str) -> None:
    assert read_entry(shown, STRUCK).value == value
