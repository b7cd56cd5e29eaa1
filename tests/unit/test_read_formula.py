"""Simple formulas give what Excel would show; everything else gives nothing."""

import pytest

from include.read.formula import ErrorValue, Sheet, Unknown, column_number

CELLS = {(0, 0): 12, (1, 0): "3", (2, 0): None, (3, 0): 2.5, (4, 0): "约5", (5, 0): True, (0, 1): 0, (1, 1): 7, (6, 0): "#REF!"}


def computed(text: str) -> object:
    return Sheet(CELLS.get, {(9, 9): (text, (0, 0))}).value((9, 9))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("-2^2", 4),
        ("50%*4", 2),
        ("0.1+0.2", 0.3),
        ("SUM(A1:A6)", 14.5),
        ("SUM(A1,A4,10)", 24.5),
        ("sum($A$1:A$4)", 14.5),
        ("A1+A2", 15),
        ("A3+1", 1),
        ("ROUND(2/3*100,1)", 66.7),
        ("ROUND(2.5,0)", 3),
        ("ROUND(-2.5,0)", -3),
        ("ROUND(1.005,2)", 1.01),
        ("ROUNDDOWN(2.99,1)", 2.9),
        ('IF(B1=0,"/",A1/B1)', "/"),
        ("IF(B2=0,0,A1/B2)", 12 / 7),
        ('IFERROR(A1/B1,"无")', "无"),
        ("AVERAGE(A1,A4)", 7.25),
        ("COUNT(A1:A6)", 2),
        ("COUNTA(A1:A6)", 5),
        ("MAX(A1:A6)-MIN(A1:A6)", 9.5),
        ("SUBTOTAL(9,A1:A4)", 14.5),
        ('A1&"场"', "12场"),
        ("=A1", 12),
        ("PRODUCT(A1,2)", 24),
        ("A1>10", True),
    ],
)
def test_what_excel_would_show(text: str, value: object) -> None:
    result = computed(text)
    assert result == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(("text", "error"), [("A1/B1", "#DIV/0!"), ("A5+1", "#VALUE!"), ("A7+1", "#REF!"), ("SUM(A1:A7)", "#REF!")])
def test_errors_as_excel_gives_them(text: str, error: str) -> None:
    with pytest.raises(ErrorValue, match=error.replace("/", "/")):
        computed(text)


@pytest.mark.parametrize(
    "text",
    [
        "VLOOKUP(A1,B:C,2)",
        "Sheet2!A1",
        "INDIRECT(A1)",
        "NOW()",
        "SUM(A:A)",
        "",
        "1+",
        "((((",
        "'x'!A1",
        "[1]Sheet1!A1",
        "cmd|' /C calc'!A0",
        "SUM(A1:XFD1048576)",
    ],
)
def test_everything_else_gives_nothing(text: str) -> None:
    with pytest.raises(Unknown):
        computed(text)


def test_circles_and_depth_end() -> None:
    circle = Sheet({}.get, {(0, 0): ("A2", (0, 0)), (1, 0): ("A1", (0, 0))})
    with pytest.raises(Unknown):
        circle.value((0, 0))
    with pytest.raises(Unknown):
        computed("(" * 500 + "1" + ")" * 500)


def test_shared_formulas_move_relative_addresses_only() -> None:
    assert Sheet(CELLS.get, {(9, 9): ("A1+$A$1", (3, 0))}).value((9, 9)) == 14.5


def test_columns_have_numbers() -> None:
    assert [column_number(letters) for letters in ("A", "z", "AA", "XFD")] == [0, 25, 26, 16383]
