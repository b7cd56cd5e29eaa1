"""The lattice walked ten times as far."""

import pytest
from hypothesis import settings

from tests.unit import test_standing_machine as walked


class FurtherLattice(walked.Lattice):
    """The same rules and invariants."""


TestFurtherLattice = pytest.mark.slow(FurtherLattice.TestCase)
TestFurtherLattice.settings = settings(walked.TestLattice.settings, max_examples=2000, stateful_step_count=20)
