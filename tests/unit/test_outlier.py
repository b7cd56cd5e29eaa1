"""Figures far from what like units or earlier reports say are doubted, softly and rarely."""

from collections.abc import Callable
from random import Random

import pytest

from include.domain.form import Outliers
from include.domain.outlier import Figures, unlike_before, unlike_others

USUAL = Outliers()


def county(luck: Random, units: int, items: int = 40, spread: float = 0.2) -> dict[str, dict[str, float]]:
    """What units of different sizes report: each item has its own typical figure, each unit its size, each figure its chance."""
    typical = [luck.uniform(0.5, 3.7) for _ in range(items)]
    found: dict[str, dict[str, float]] = {}
    for unit in range(units):
        size = luck.gauss(0, 0.3)
        found[f"u{unit}"] = {
            f"I{item}": 0 if luck.random() < 0.15 else round(10 ** (middle + size + luck.gauss(0, spread))) for item, middle in enumerate(typical)
        }
    return found


def large_item(luck: Random, figures: Figures) -> str:
    return luck.choice([item for item, figure in figures.items() if figure >= 100])


@pytest.mark.parametrize("units", [12, 30, 120])
def test_clean_reports_are_left_alone(units: int) -> None:
    luck = Random(units)
    told = sum(len(unlike_others(USUAL, said, said)) for said in (county(luck, units) for _ in range(1200 // units)))
    assert told / 1200 < 0.01


@pytest.mark.parametrize(
    ("slip", "least"),
    [
        (lambda figure: figure * 10, 0.4),
        (lambda figure: figure * 100, 0.95),
        (lambda figure: figure * 10000, 1.0),
        (lambda figure: figure / 100, 0.8),
    ],
)
def test_slipped_digits_are_caught(slip: Callable[[float], float], least: float) -> None:
    luck, caught, tried = Random(7), 0, 0
    for _ in range(15):
        said = county(luck, 40)
        for unit in list(said)[:10]:
            item = large_item(luck, said[unit])
            wrong = {**said, unit: {**said[unit], item: slip(said[unit][item])}}
            caught += any(one.item == item for one in unlike_others(USUAL, wrong, [unit]).get(unit, ()))
            tried += 1
    assert caught / tried >= least


def test_too_few_units_tell_nothing() -> None:
    said = county(Random(3), 8)
    item = large_item(Random(3), said["u0"])
    said["u0"][item] *= 1000
    assert unlike_others(USUAL, said, said) == {}


def test_a_unit_that_is_large_in_everything_is_not_doubted() -> None:
    said = county(Random(5), 20)
    said["u3"] = {item: figure * 30 for item, figure in said["u3"].items()}
    assert unlike_others(USUAL, said, ["u3"]) == {}


def test_small_counts_are_left_alone() -> None:
    said: dict[str, dict[str, float]] = {f"u{unit}": dict.fromkeys(("A", "B", "C", "D", "E", "F"), 2.0) for unit in range(20)}
    said["u0"]["A"] = 60
    assert unlike_others(USUAL, said, ["u0"]) == {}
    said["u0"]["A"] = 600
    (one,) = unlike_others(USUAL, said, ["u0"])["u0"]
    assert (one.item, round(one.typical, 6), round(one.times)) == ("A", 2.0, 300)


def test_the_order_of_the_units_tells_nothing() -> None:
    said = county(Random(11), 25)
    for unit in ("u2", "u9"):
        said[unit][large_item(Random(1), said[unit])] *= 1000
    forward = unlike_others(USUAL, said, said)
    backward = unlike_others(USUAL, dict(reversed(said.items())), list(reversed(said)))
    assert forward.keys() == {"u2", "u9"}
    assert forward == backward


def test_a_figure_that_jumps_from_the_units_own_earlier_reports() -> None:
    last = {"A": 300.0, "B": 20.0, "C": 0.0}
    assert unlike_before(USUAL, {"A": 900, "B": 45, "C": 5000}, [last]) == ()
    (one,) = unlike_before(USUAL, {"A": 30000, "B": 45, "C": 5000}, [last])
    assert (one.item, round(one.typical)) == ("A", 300)
    (one,) = unlike_before(USUAL, {"A": 3, "B": 45}, [last, last, {"A": 280.0}])
    assert (one.item, round(one.typical)) == ("A", 300)
    assert unlike_before(USUAL, {"A": 30000}, []) == ()


def test_where_many_figures_hardly_moved_a_tenfold_one_is_enough() -> None:
    luck = Random(2)
    last = {f"I{item}": float(luck.randint(50, 3000)) for item in range(30)}
    now = {item: round(figure * luck.uniform(1.0, 1.3)) for item, figure in last.items()}
    assert unlike_before(USUAL, now, [last]) == ()
    (one,) = unlike_before(USUAL, {**now, "I4": now["I4"] * 10}, [last])
    assert one.item == "I4"


def test_a_form_says_its_own_thresholds() -> None:
    said = county(Random(5), 20)
    item = large_item(Random(1), said["u0"])
    said["u0"][item] *= 100
    assert unlike_others(USUAL, said, ["u0"])
    assert unlike_others(Outliers(times=1000), said, ["u0"]) == {}
    assert unlike_others(Outliers(peers=20), said, ["u0"]) == {}
