"""Who sees what on the board: the whole campaign, a subtree, or nothing."""

from pathlib import Path

import pytest

from include.catalogue.sights import sights
from include.domain.sight import Sight, seen_by
from include.domain.unit import Unit
from include.exceptions import BrokenDefinition

UNITS = (
    Unit(code="city", name="市"),
    Unit(code="county", name="县", parent="city"),
    Unit(code="town", name="镇", parent="county"),
    Unit(code="bureau", name="局"),
)


def test_a_campaigns_supervisor_sees_every_unit() -> None:
    assert seen_by("wang", "june", (Sight(user="wang", campaign="june"),), UNITS) == {"city", "county", "town", "bureau"}


def test_a_units_own_supervisor_sees_it_and_what_reports_to_it() -> None:
    assert seen_by("li", "june", (Sight(user="li", campaign="june", unit="county"),), UNITS) == {"county", "town"}


def test_without_an_entry_nothing_is_seen() -> None:
    listed = (Sight(user="wang", campaign="*"), Sight(user="li", campaign="july"), Sight(user="zhao", campaign="june", unit="gone"))
    assert [seen_by(user, "june", listed, UNITS) for user in ("li", "zhao", "")] == [frozenset()] * 3


def test_a_circle_in_the_tree_ends() -> None:
    circle = (Unit(code="a", name="甲", parent="b"), Unit(code="b", name="乙", parent="a"))
    assert seen_by("li", "june", (Sight(user="li", campaign="june", unit="a"),), circle) == {"a", "b"}


def test_no_file_means_nobody(tmp_path: Path) -> None:
    assert sights(None) == ()
    file = tmp_path / "users.yaml"
    file.write_text('- {user: wang, campaign: "*"}\n', encoding="utf-8")
    assert sights(file) == (Sight(user="wang", campaign="*"),)


def test_a_broken_list_names_line_and_nearest_word(tmp_path: Path) -> None:
    file = tmp_path / "users.yaml"
    file.write_text("- {user: wang, campaign: june}\n- {user: li, campain: june}\n", encoding="utf-8")
    with pytest.raises(BrokenDefinition, match=r"users.yaml:2.*campaign"):
        sights(file)
