"""Ten thousand mutants of valid files, where `make test` reads a thousand: zero crashes, zero hangs."""

from pathlib import Path

import pytest

from tests.unit.test_read_hostile import MUTATED, survive


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(MUTATED))
def test_ten_thousand_mutants_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    survive(kind, 10_000 // len(MUTATED) + 1, tmp_path, seed=1)
