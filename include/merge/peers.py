"""反常数 among like units: the figures of a batch held against what other units reported for the same obligation and period.

A batch is first filed whole and then compared, so that the order within it tells nothing. Each submission is compared once: when it is filed if
enough like units have reported by then, else in the batch that makes them enough. What was compared is not compared again as more come.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from include.catalogue import rules
from include.domain.finding import Finding
from include.domain.form import Form
from include.domain.outlier import Figures, Unusual, unlike_others
from include.domain.reading import Answer
from include.domain.receipt import Submission
from include.domain.unit import Unit
from include.merge.desk import Desk
from include.warehouse import answers

UNLIKE_OTHERS = "M712"
# The first reports of so many units stand for all of them: what is typical is known by then, and later batches stay as cheap as the first.
_MOST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One submission's answers, as compared."""

    submission: Submission
    form: str
    answers: Sequence[Answer]


def unusual(desk: Desk, new: Iterable[Report]) -> dict[str, list[Finding]]:
    """Return the findings (M712) on new submissions, and on earlier ones that had too few to be compared with, by submission."""
    groups: dict[tuple[str, str | None, str], dict[str, Report]] = {}
    for one in new:
        its = one.submission
        if _is_compared(desk, one):
            groups.setdefault((its.obligation, its.period, one.form), {})[its.unit] = one
    found: dict[str, list[Finding]] = {}
    for (obligation, period, code), mine in sorted(groups.items(), key=lambda group: (group[0][0], group[0][1] or "", group[0][2])):
        form = desk.definitions.forms[code]
        kept = answers.reported_first(desk.connection, desk.code, obligation, period, code, most=_MOST)
        told = {unit: said for unit, (_, said) in kept.items()} | {unit: one.answers for unit, one in mine.items()}
        names = {unit: name for unit, (name, _) in kept.items()} | {unit: one.submission.id for unit, one in mine.items()}
        items = compared_items(form)
        figures = {unit: figures_of(items, said) for unit, said in told.items()}
        for unit, some in _among(desk, form, figures, kept.keys(), mine.keys()):
            at = {one.item: one for one in told[unit] if one.row is None}
            found[names[unit]] = [finding_of(UNLIKE_OTHERS, one, at[one.item]) for one in some]
    return found


def compared_items(form: Form) -> frozenset[str]:
    """The items whose figures are compared: counts and amounts that the form does not except."""
    return frozenset(item.code for item in form.items() if item.kind in ("count", "amount") and item.code not in form.outliers.except_items)


def figures_of(items: Collection[str], said: Iterable[Answer]) -> Figures:
    """The figures of a report that are compared, by item, in the order of its answers, those of many-row tables left out."""
    return {one.item: float(one.value) for one in said if one.row is None and one.item in items and isinstance(one.value, int | float)}


def finding_of(code: str, one: Unusual, answer: Answer) -> Finding:
    """The finding on an unusual figure, in its cell."""
    digits = 0 if one.typical >= 10 else 1 if one.typical >= 1 else 2
    return Finding(
        code=code,
        severity=rules()[code].severity,
        item=answer.item,
        sheet=answer.sheet,
        cell=answer.cell,
        given=answer.raw or f"{one.figure:.15g}",
        expected=f"{one.typical:,.{digits}f}",
    )


def _is_compared(desk: Desk, one: Report) -> bool:
    its, form = one.submission, desk.definitions.forms.get(one.form)
    if form is None or not form.outliers.is_on or its.state == "returned" or its.part or its.is_nil:
        return False
    return desk.campaign.obligation(its.obligation).accepts == "one"


def _among(
    desk: Desk, form: Form, figures: Mapping[str, Figures], before: Collection[str], new: Collection[str]
) -> Iterator[tuple[str, tuple[Unusual, ...]]]:
    """The unusual figures of units that can be compared now and were not before."""
    least = form.outliers.peers + 1
    now, then = _Like(desk, figures, least), _Like(desk, before, least)
    judged: dict[frozenset[str], list[str]] = {}
    for unit in figures:
        like = now.of(unit)
        if like and (unit in new or not then.of(unit)):
            judged.setdefault(like, []).append(unit)
    for like, units in judged.items():
        yield from unlike_others(form.outliers, {unit: figures[unit] for unit in figures if unit in like}, units).items()


class _Like:
    """Which of some units are like one another: of the same parent and tags, else of the same tags, of one of its tags, of the same level."""

    def __init__(self, desk: Desk, units: Collection[str], least: int) -> None:
        self._units = desk.index.units
        self._least = least
        self._groups: dict[object, set[str]] = {}
        for code in units:
            for key in self._keys(code):
                self._groups.setdefault(key, set()).add(code)
        self._frozen: dict[object, frozenset[str]] = {}

    def of(self, code: str) -> frozenset[str]:
        """The nearest of those groups that is large enough, the unit itself included; empty where none is."""
        for key in self._keys(code):
            if len(self._groups.get(key, ())) >= self._least:
                if key not in self._frozen:
                    self._frozen[key] = frozenset(self._groups[key])
                like = self._frozen[key]
                return like if code in like else like | {code}
        return frozenset()

    def _keys(self, code: str) -> list[object]:
        unit = self._units.get(code)
        if unit is None:
            return []
        tags = tuple(sorted(unit.tags))
        return [("kin", unit.parent, tags), ("tags", tags), *(("tag", tag) for tag in unit.tags), ("level", _depth(unit, self._units.get))]


def _depth(unit: Unit, find: Callable[[str], Unit | None]) -> int:
    """How many stand above a unit; a circle counts once."""
    seen, above = {unit.code}, find(unit.parent)
    while above is not None and above.code not in seen:
        seen.add(above.code)
        above = find(above.parent)
    return len(seen) - 1
