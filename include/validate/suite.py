"""A form compiled into one Great Expectations suite: every expectation carries its rule's code, item and counterpart in `meta`."""

from typing import Any

import great_expectations.expectations as gxe

from include.domain.form import Form, Item
from include.validate.frame import Frame

# A mainland mobile number, or a land line with or without area code and extension; several may be parted by / , 、 or ;
_TELEPHONE = r"(?:1[3-9]\d{9}|(?:\(?0\d{2,3}\)?[- ]?)?[1-9]\d{5,7}(?:[- x转]+\d{1,6})?)"
TELEPHONES = rf"^\s*(?:\+?86[- ]?)?{_TELEPHONE}(?:\s*[/,，、;；]\s*{_TELEPHONE})*\s*$"
MAILBOX = r"^[^@\s&]+@[^@\s&]+\.[A-Za-z]{2,}$"
# Half a unit of the one decimal that rates are given at, and a hair for binary fractions.
RATE_TOLERANCE = 0.05 + 1e-6


def expectations(form: Form, frame: Frame, asks: frozenset[str] = frozenset()) -> list[Any]:
    """Return the expectations that hold for one frame of the form, in the form's order; `asks` are the optional items asked for."""
    result: list[Any] = []
    codes = {item.code for item in frame.items()}
    for item in frame.items():
        result.extend(_of_item(item, is_asked=item.code in asks if item.optional else item.required))
        result.extend(_at_most(item.code, whole, code="V501") for whole in item.part_of)
    for check in form.checks:
        named = {check.left, check.right, *check.parts} - {""}
        if not named <= codes:
            continue
        match check.kind:
            case "pair":
                result.append(_zero_when(check.right, check.left, code="V506"))
                result.append(_zero_when(check.left, check.right, code="V507"))
            case "at_most":
                result.append(_at_most(check.left, check.right, code="V508"))
            case "sum":
                result.append(
                    gxe.ExpectColumnValuesToBeBetween(
                        column=f"{check.left}:sum", min_value=0, max_value=0, meta=_meta("V502", check.left, parts=list(check.parts))
                    )
                )
            case "at_least":
                result.append(
                    gxe.ExpectColumnValuesToBeBetween(column=check.left, min_value=check.value, meta=_meta("V509", check.left, limit=check.value))
                )
    return result


def derive(form: Form, frame: Frame) -> None:
    """Add the columns that the form's own checks compare (sums, figures beside an empty counterpart) to the frame."""
    data = frame.data
    for check in form.checks:
        if check.kind == "pair" and {check.left, check.right} <= set(data.columns):
            data[f"{check.right}:when_no_{check.left}"] = data[check.right].where(data[check.left] == 0)
            data[f"{check.left}:when_no_{check.right}"] = data[check.left].where(data[check.right] == 0)
        if check.kind == "sum" and {check.left, *check.parts} <= set(data.columns):
            data[f"{check.left}:sum"] = (data[check.left] - data[list(check.parts)].sum(axis=1, skipna=False)).round(6)


def _of_item(item: Item, *, is_asked: bool) -> list[Any]:
    found: list[Any] = []
    if is_asked:
        found.append(gxe.ExpectColumnValuesToNotBeNull(column=f"{item.code}:answered", meta=_meta("V301", item.code)))
    if item.is_number:
        found.append(gxe.ExpectColumnValuesToBeBetween(column=item.code, min_value=0, meta=_meta("V401", item.code, limit=0)))
    if item.kind == "count":
        found.append(gxe.ExpectColumnValuesToBeBetween(column=f"{item.code}:fraction", min_value=0, max_value=0, meta=_meta("V402", item.code)))
    if item.rate_of is not None:
        part, whole = item.rate_of
        found += [
            gxe.ExpectColumnValuesToBeBetween(column=item.code, max_value=100, meta=_meta("V403", item.code, limit=100)),
            gxe.ExpectColumnValuesToBeBetween(
                column=f"{item.code}:deviation", max_value=RATE_TOLERANCE, meta=_meta("V503", item.code, part=part, whole=whole)
            ),
            gxe.ExpectColumnValuesToBeNull(column=f"{item.code}:without_whole", meta=_meta("V504", item.code, whole=whole)),
            gxe.ExpectColumnValuesToBeNull(column=f"{item.code}:left_out", meta=_meta("V505", item.code, part=part, whole=whole)),
        ]
    if item.kind == "phone":
        found.append(gxe.ExpectColumnValuesToMatchRegex(column=item.code, regex=TELEPHONES, meta=_meta("V404", item.code)))
    if item.kind == "mail":
        found.append(gxe.ExpectColumnValuesToMatchRegex(column=item.code, regex=MAILBOX, meta=_meta("V405", item.code)))
    if item.choices:
        found.append(gxe.ExpectColumnValuesToBeInSet(column=item.code, value_set=list(item.choices), meta=_meta("V406", item.code)))
    return found


def _at_most(part: str, whole: str, *, code: str) -> Any:
    return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=whole, column_B=part, or_equal=True, ignore_row_if="either_value_is_missing", meta=_meta(code, part, whole=whole)
    )


def _zero_when(column: str, empty: str, *, code: str) -> Any:
    return gxe.ExpectColumnValuesToBeBetween(column=f"{column}:when_no_{empty}", max_value=0, meta=_meta(code, column, whole=empty))


def _meta(code: str, item: str, **more: object) -> dict[str, object]:
    return {"code": code, "item": item, **more}
