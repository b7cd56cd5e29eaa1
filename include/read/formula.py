"""Simple formulas computed anew, for workbooks whose writer stored no result: arithmetic, comparison, SUM and its neighbours, ROUND, IF.

They may ask for cells of other sheets of the same workbook. Everything else is `Unknown`: the cell then stays without a value and is a finding.
Results follow Excel: blanks count 0, text in a range is skipped by SUM, text in arithmetic is a number if it reads as one, else #VALUE!.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from include.read.grid import CellValue

Position = tuple[int, int]
_MOST_CELLS = 100_000
_DEPTH = 60


class Unknown(Exception):
    """The formula asks for something that is not computed here."""


class ErrorValue(Exception):
    """The formula's result is an error value, e.g. "#DIV/0!"."""


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?![A-Za-z(])
    | (?P<text>"(?:[^"]|"")*")
    | (?P<sheet>(?:'(?:[^'\[\]:]|'')+'|[^\W\d][\w.]*)!)
    | (?P<range>\$?[A-Za-z]{1,3}\$?\d+:\$?[A-Za-z]{1,3}\$?\d+)
    | (?P<cell>\$?[A-Za-z]{1,3}\$?\d+)(?![A-Za-z0-9_.(!])
    | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)(?=\s*[(])
    | (?P<word>TRUE|FALSE)\b
    | (?P<sign><=|>=|<>|[-+*/^&=<>(),;%:])
    )""",
    re.VERBOSE,
)
ERRORS = frozenset({"#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"})
_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)(\d+)")


def column_number(letters: str) -> int:
    """Return the 0-based column of its letters: "A" -> 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


class Sheet:
    """One sheet's formulas and values, asked for cells by position; a formula that is asked for again is computed once."""

    def __init__(
        self,
        value_at: Callable[[Position], CellValue],
        formulas: Mapping[Position, tuple[str, Position]],
        others: "Mapping[str, Sheet] | None" = None,
    ) -> None:
        """`formulas` are those without a result: text without "=", and by how many rows and columns a shared formula is moved.

        `others` are the workbook's sheets by their names in lower case.
        """
        self._value_at = value_at
        self._formulas = formulas
        self._others = {} if others is None else others
        self._known: dict[Position, CellValue] = {}
        self._open: set[Position] = set()

    def other(self, name: str) -> "Sheet":
        """The sheet of that name, as a formula writes it: "Sheet2!", "'表 1'!". Raises Unknown."""
        bare = name[:-1]
        found = self._others.get((bare[1:-1].replace("''", "'") if bare[:1] == "'" else bare).lower())
        if found is None:
            raise Unknown(name)
        return found

    def value(self, position: Position) -> CellValue:
        """The cell's value. Raises Unknown, or ErrorValue with the error's name."""
        if position in self._known:
            return self._known[position]
        if position not in self._formulas:
            found = self._value_at(position)
            if isinstance(found, str) and found in ERRORS:
                raise ErrorValue(found)
            return found
        if position in self._open or len(self._open) > _DEPTH:
            raise Unknown("circle")
        self._open.add(position)
        try:
            text, moved = self._formulas[position]
            found = _tidy(_Evaluation(text, moved, self).result())
        finally:
            self._open.discard(position)
        self._known[position] = found
        return found


def _tidy(value: CellValue) -> CellValue:
    """Numbers at Excel's 15 digits: 0.1 + 0.2 is 0.3."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ErrorValue("#NUM!")
        return float(f"{value:.15g}")
    return 0 if value is None else value


class _Evaluation:
    def __init__(self, text: str, moved: Position, sheet: Sheet) -> None:
        self.sheet = sheet
        self.moved = moved
        self.tokens: list[tuple[str, str]] = []
        at = 0
        if len(text) > 8192:
            raise Unknown("long")
        text = text.strip().removeprefix("=").strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise Unknown(text[at : at + 20])
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self.at = 0
        self.depth = 0

    def result(self) -> CellValue:
        value = self.comparison()
        if self.at != len(self.tokens):
            raise Unknown("rest")
        return value

    def sign(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) and self.tokens[self.at][0] == "sign" else ""

    def take(self, *signs: str) -> str:
        found = self.sign()
        if found and found in signs:
            self.at += 1
            return found
        return ""

    def comparison(self) -> CellValue:
        self.depth += 1
        if self.depth > _DEPTH:
            raise Unknown("depth")
        left = self.joined()
        while sign := self.take("=", "<>", "<", ">", "<=", ">="):
            left = _compare(left, self.joined(), sign)
        self.depth -= 1
        return left

    def joined(self) -> CellValue:
        left = self.sum()
        while self.take("&"):
            left = _text(left) + _text(self.sum())
        return left

    def sum(self) -> CellValue:
        left = self.product()
        while sign := self.take("+", "-"):
            right = _number(self.product())
            left = _number(left) + right if sign == "+" else _number(left) - right
        return left

    def product(self) -> CellValue:
        left = self.power()
        while sign := self.take("*", "/"):
            right = _number(self.power())
            if sign == "*":
                left = _number(left) * right
            elif right == 0:
                raise ErrorValue("#DIV/0!")
            else:
                left = _number(left) / right
        return left

    def power(self) -> CellValue:
        left = self.signed()
        while self.take("^"):
            try:
                raised = _number(left) ** _number(self.signed())
            except (OverflowError, ZeroDivisionError):
                raise ErrorValue("#NUM!") from None
            if isinstance(raised, complex):
                raise ErrorValue("#NUM!")
            left = raised
        return left

    def signed(self) -> CellValue:
        minus, signed = False, False
        while sign := self.take("+", "-"):
            minus, signed = minus ^ (sign == "-"), signed or sign == "-"
        value = self.atom()
        while self.take("%"):
            value = _number(value) / 100
        return (-_number(value) if minus else _number(value)) if signed else value

    def atom(self) -> CellValue:
        if self.at >= len(self.tokens):
            raise Unknown("end")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return float(text) if any(sign in text for sign in ".eE") else int(text)
        if kind == "text":
            return text[1:-1].replace('""', '"')
        if kind == "word":
            return text.upper() == "TRUE"
        if kind == "cell":
            return self.sheet.value(self.position(text))
        if kind == "sheet":
            kind, place = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
            first, _, last = place.partition(":")
            if kind != "cell" and not (kind == "range" and first == last):  # xlrd writes one cell of another sheet as a range
                raise Unknown(text)
            self.at += 1
            return self.sheet.other(text).value(self.position(first))
        if kind == "name":
            return self.function(text.upper())
        if text == "(":
            value = self.comparison()
            if not self.take(")"):
                raise Unknown("bracket")
            return value
        raise Unknown(text)

    def position(self, text: str) -> Position:
        match = _CELL.fullmatch(text)
        if match is None:
            raise Unknown(text)
        row = int(match[4]) - 1 + (0 if match[3] else self.moved[0])
        column = column_number(match[2]) + (0 if match[1] else self.moved[1])
        if row < 0 or column < 0:
            raise ErrorValue("#REF!")
        return row, column

    def range(self, text: str, sheet: Sheet) -> list[CellValue]:
        first, last = (self.position(end) for end in text.split(":"))
        top, bottom = sorted((first[0], last[0]))
        left, right = sorted((first[1], last[1]))
        if (bottom - top + 1) * (right - left + 1) > _MOST_CELLS:
            raise Unknown("range")
        return [sheet.value((row, column)) for row in range(top, bottom + 1) for column in range(left, right + 1)]

    def arguments(self) -> list[list[CellValue]]:
        """Each argument as the list of its values; a single value that is no range is marked by a list of one with None before it."""
        if not self.take("("):
            raise Unknown("bracket")
        found: list[list[CellValue]] = []
        if self.take(")"):
            return found
        while True:
            kinds = [kind for kind, _ in self.tokens[self.at : self.at + 2]]
            if kinds[:1] == ["range"]:
                found.append(self.range(self.tokens[self.at][1], self.sheet))
                self.at += 1
            elif kinds == ["sheet", "range"]:
                found.append(self.range(self.tokens[self.at + 1][1], self.sheet.other(self.tokens[self.at][1])))
                self.at += 2
            else:
                is_cell = kinds[:1] == ["cell"] or kinds == ["sheet", "cell"]
                value = self.comparison()
                # Text written into the call counts as a number or fails; text in a cell is skipped, as in a range.
                found.append([value if is_cell else _counted(value)])
            if self.take(")"):
                return found
            if not self.take(",", ";"):
                raise Unknown("argument")

    def function(self, name: str) -> CellValue:
        if name in ("IF", "IFERROR"):
            return self.chosen(name)
        arguments = self.arguments()
        if name == "SUBTOTAL":
            which = arguments.pop(0)[0] if arguments else None
            name = {9: "SUM", 109: "SUM", 1: "AVERAGE", 4: "MAX", 5: "MIN"}.get(int(_number(which)), "?")
        if any(isinstance(value, date | time | timedelta) for values in arguments for value in values):
            raise Unknown("day")
        numbers = [value for values in arguments for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
        if name == "SUM":
            return math.fsum(numbers) if any(isinstance(number, float) for number in numbers) else sum(numbers)
        if name == "PRODUCT":
            return math.prod(numbers) if numbers else 0
        if name in ("MAX", "MIN"):
            return (max if name == "MAX" else min)(numbers, default=0)
        if name == "AVERAGE":
            if not numbers:
                raise ErrorValue("#DIV/0!")
            return math.fsum(numbers) / len(numbers)
        if name == "COUNT":
            return len(numbers)
        if name == "COUNTA":
            return sum(value is not None for values in arguments for value in values)
        if name in ("ROUND", "ROUNDUP", "ROUNDDOWN") and len(arguments) == 2:
            return _rounded(name, _number(arguments[0][0]), int(_number(arguments[1][0])))
        if name == "INT" and len(arguments) == 1:
            return math.floor(_number(arguments[0][0]))
        if name == "ABS" and len(arguments) == 1:
            return abs(_number(arguments[0][0]))
        raise Unknown(name)

    def chosen(self, name: str) -> CellValue:
        """IF and IFERROR: the branch not taken may fail without harm, so each is tried on its own."""
        branches: list[tuple[CellValue, Exception | None]] = []
        if not self.take("("):
            raise Unknown("bracket")
        while True:
            start, depth = self.at, self.depth
            try:
                branches.append((self.comparison(), None))
            except (Unknown, ErrorValue) as error:
                self.depth = depth
                self.at = start
                self.skip()
                branches.append((None, error))
            if self.take(")"):
                break
            if not self.take(",", ";"):
                raise Unknown("argument")
        value, failure = branches[0]
        if name == "IFERROR" and len(branches) == 2:
            if isinstance(failure, Unknown):
                raise failure
            picked = branches[1] if failure is not None else (value, None)
        elif name == "IF" and len(branches) in (2, 3):
            if failure is not None:
                raise failure
            if isinstance(value, str):
                raise ErrorValue("#VALUE!")
            picked = branches[1] if value else branches[2] if len(branches) == 3 else (False, None)
        else:
            raise Unknown(name)
        if picked[1] is not None:
            raise picked[1]
        return picked[0]

    def skip(self) -> None:
        """Go to the end of the argument."""
        depth = 0
        while self.at < len(self.tokens):
            sign = self.sign()
            if sign == "(":
                depth += 1
            elif sign == ")":
                if depth == 0:
                    return
                depth -= 1
            elif sign in (",", ";") and depth == 0:
                return
            self.at += 1
        raise Unknown("bracket")


def _counted(value: CellValue) -> CellValue:
    if isinstance(value, bool):
        return int(value)
    return value if value is None or isinstance(value, int | float) else _number(value) if isinstance(value, str) and _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _number(value: CellValue) -> int | float:
    if value is None:
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        if _is_number(value) and value.isascii() and "_" not in value:
            return float(value)
        raise ErrorValue("#VALUE!")
    raise Unknown("day")


def _text(value: CellValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, date | datetime | time | timedelta):
        raise Unknown("day")
    return str(value)


def _compare(left: CellValue, right: CellValue, sign: str) -> bool:
    if isinstance(left, date | time | timedelta) or isinstance(right, date | time | timedelta):
        raise Unknown("day")
    if left is None:
        left = "" if isinstance(right, str) else 0
    if right is None:
        right = "" if isinstance(left, str) else 0
    if isinstance(left, str) != isinstance(right, str):
        order = 1 if isinstance(left, str) else -1  # Excel: any text is greater than any number
    elif isinstance(left, str) and isinstance(right, str):
        a, b = left.casefold(), right.casefold()
        order = (a > b) - (a < b)
    else:
        x, y = _number(left), _number(right)
        order = (x > y) - (x < y)
    return {"=": order == 0, "<>": order != 0, "<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[sign]


def _rounded(name: str, number: int | float, digits: int) -> float | int:
    if abs(digits) > 15:
        raise Unknown("digits")
    scaled = float(f"{abs(number) * 10.0**digits:.15g}")
    whole = math.floor(scaled + 0.5) if name == "ROUND" else math.ceil(scaled) if name == "ROUNDUP" else math.floor(scaled)
    value = float(f"{whole / 10.0**digits:.15g}")
    return -value if number < 0 else value
