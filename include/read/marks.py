"""The hidden mark of an issued blank, and the sheets of our own that are never read as data."""

from collections.abc import Mapping, Sequence

from include.domain.reading import Mark

MARK_SHEET = "_baosong"
"""A very hidden sheet: keys in column A, values in column B. The same pairs may stand as document properties "baosong_<key>"."""
RETURN_SHEET = "退回修改意见"
"""The first sheet of a return copy."""
OUR_SHEETS = frozenset({MARK_SHEET, RETURN_SHEET})

_KEYS = ("campaign", "obligation", "form", "version", "unit", "period")


def mark_from_rows(rows: Sequence[Sequence[object]]) -> Mark | None:
    """Return the mark that stands in a sheet's first two columns, None if it is no whole mark."""
    return _mark({str(row[0]).strip().lower(): row[1] for row in rows if len(row) >= 2 and row[0] is not None})


def mark_from_properties(properties: Mapping[str, str]) -> Mark | None:
    """Return the mark that stands in document properties, None if there is none."""
    prefix = "baosong_"
    return _mark({name.lower().removeprefix(prefix): value for name, value in properties.items() if name.lower().startswith(prefix)})


def _mark(pairs: Mapping[str, object]) -> Mark | None:
    texts = {key: _text(pairs.get(key)) for key in _KEYS}
    if not texts["campaign"] or not texts["form"]:
        return None
    version = texts["version"]
    return Mark(
        campaign=texts["campaign"],
        obligation=texts["obligation"],
        form=texts["form"],
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
        unit=texts["unit"],
        period=texts["period"],
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return str(value).strip()[:200]
