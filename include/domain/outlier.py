"""反常数: a figure far from what like units report, or from what its unit reported before. Pure: the same figures give the same answer.

Figures of units differ by orders of magnitude, so they are compared on a logarithmic scale, and a unit that is large in everything is measured by its
own size: the median of how far its figures lie from the typical ones. Medians and median deviations are moved by no single figure, however wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from statistics import median

from include.domain.form import Outliers

Figures = Mapping[str, float]
# Of fewer items nobody knows whether a unit is large or a figure is wrong.
_FEWEST_ITEMS = 5
# So many figures of one report tell how far figures move from report to report.
_MANY_ITEMS = 15
# Deviations of a normal law for one median deviation.
_NORMAL = 1.4826
# A median of few deviations is itself uncertain: with so many others the figure must lie twice as far.
_FEW = 2
# That a unit did little is common, that it did far more than all others is not: a low figure must lie farther off.
_LITTLE = 1.5
# Figures of one report move less alike than those of like units: small ones jump.
_FEW_MOVES = 8
# A year's work is not spread evenly over its reports: one figure may well be five times the last.
_JUMP = 1.6
# A spread below this (decades) says that few figures were compared, not that they are that alike.
_NARROWEST = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """A figure that lies far from `typical`: `times` as much, or as little."""

    item: str
    figure: float
    typical: float

    @property
    def times(self) -> float:
        """How many times one of both is the other, never below 1."""
        return max(self.figure / self.typical, self.typical / self.figure)


def unlike_others(thresholds: Outliers, like: Mapping[str, Figures], units: Iterable[str]) -> dict[str, tuple[Unusual, ...]]:
    """Return the unusual figures of some of the units in `like` (figures by unit and item), each held against all the others there.

    Noughts and blanks tell nothing and are left out. Items in the order of the unit's figures; a unit without any is left out.
    """
    logs = {unit: {item: log10(figure) for item, figure in figures.items() if figure > 0} for unit, figures in like.items()}
    by_item: dict[str, dict[str, float]] = {}
    for unit, row in logs.items():
        for item, figure in row.items():
            by_item.setdefault(item, {})[unit] = figure
    middle = {item: median(row.values()) for item, row in by_item.items() if len(row) > thresholds.peers}
    size = {unit: _size([figure - middle[item] for item, figure in row.items() if item in middle]) for unit, row in logs.items()}
    residuals = {item: {unit: figure - middle[item] - size[unit] for unit, figure in row.items()} for item, row in by_item.items() if item in middle}
    common = _common([_NORMAL * median(map(abs, row.values())) for row in residuals.values()])
    far = log10(thresholds.times)
    found: dict[str, tuple[Unusual, ...]] = {}
    for unit in units:
        some = []
        for item, figure in logs.get(unit, {}).items():
            if item not in middle or abs(residuals[item][unit]) < far * 0.8:
                continue
            # Only now without the figure itself, which costs more.
            rest = [value for other, value in residuals[item].items() if other != unit]
            off = residuals[item][unit] - median(rest)
            one = Unusual(item=item, figure=like[unit][item], typical=10 ** (figure - off))
            caution = 1.0 if off > 0 else _LITTLE
            wide = thresholds.spread * (1 + _FEW / len(rest)) * _spread(rest, off, common)
            is_far = abs(off) >= caution * far and abs(off) >= caution * wide
            if is_far and _is_large(thresholds, one):
                some.append(one)
        if some:
            found[unit] = tuple(some)
    return found


def unlike_before(thresholds: Outliers, figures: Figures, before: Sequence[Figures]) -> tuple[Unusual, ...]:
    """Return the figures that moved too far from the unit's earlier reports (the middle one of each item), in the order of the unit's figures.

    Where many figures can be compared and this one is not small, how far the others moved says what is too far; else `times_before` says it.
    """
    typical = {}
    for item, figure in figures.items():
        earlier = [log10(row[item]) for row in before if row.get(item, 0) > 0]
        if figure > 0 and earlier:
            typical[item] = median(earlier)
    moves = {item: log10(figures[item]) - middle for item, middle in typical.items()}
    drift = median(moves.values()) if len(moves) >= _MANY_ITEMS else 0.0
    found = []
    for item, move in moves.items():
        off = move - drift
        rest = [other - drift for name, other in moves.items() if name != item]
        one = Unusual(item=item, figure=figures[item], typical=10 ** (typical[item] + drift))
        if len(moves) < _MANY_ITEMS or min(one.figure, one.typical) < thresholds.least:
            is_far = abs(off) >= log10(thresholds.times_before)
        else:
            common = max(_NORMAL * median(map(abs, rest)), _NARROWEST)
            wide = thresholds.spread * (1 + _FEW_MOVES / len(rest)) * _spread(rest, off, common)
            is_far = abs(off) >= max(wide, log10(_JUMP * thresholds.times))
        if is_far and _is_large(thresholds, one):
            found.append(one)
    return tuple(found)


def _size(devs: Sequence[float]) -> float:
    return median(devs) if len(devs) >= _FEWEST_ITEMS else 0.0


def _common(spreads: Sequence[float]) -> float:
    """The spread of most items: where few units gave one, its own spread is worth little."""
    return max(median(spreads), _NARROWEST) if spreads else _NARROWEST


def _spread(rest: Sequence[float], off: float, common: float) -> float:
    """How far the others lie from the middle on the side of the figure, as one deviation of a normal law: reports are skewed."""
    side = [abs(one) for one in rest if one * off > 0]
    return max(_NORMAL * median(side if len(side) >= 3 else map(abs, rest)), common)


def _is_large(thresholds: Outliers, one: Unusual) -> bool:
    """Small counts jump."""
    return max(one.figure, one.typical) >= thresholds.least
