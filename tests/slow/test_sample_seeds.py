"""Other seeds, other inboxes; and June told day by day comes to the same end as June told at once."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from include import flow
from include.sample import write_sample
from tests.flow import sampled
from tests.flow.truth import truth

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(2, 8))
def test_the_truth_of_any_seed_is_met(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = tmp_path / "sample"
    write_sample(sample, seed=seed)
    sampled.point_at(f"sqlite:///{tmp_path / 'warehouse.sqlite'}", tmp_path, sample, monkeypatch)
    house = sampled.settle(sample)
    differences = [
        *sampled.misplaced(house),
        *sampled.silently_wrong(house),
        *sampled.unread(house),
        *sampled.undoubted(house),
        *sampled.harassed(house),
        *sampled.misjudged(house),
    ]
    assert not differences, "\n".join(differences[:40])


def test_told_day_by_day_june_ends_as_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = tmp_path / "sample"
    write_sample(sample, seed=1)
    sampled.point_at(f"sqlite:///{tmp_path / 'warehouse.sqlite'}", tmp_path, sample, monkeypatch)
    for code, told in truth(sample).items():
        arrivals = sorted(true.received_at for true in told.files.values() if true.received_at is not None)
        moments: list[datetime] = []
        for arrival in arrivals:
            if not moments or arrival > moments[-1]:
                moments.append(min(arrival + timedelta(days=2), told.as_of))
        for moment in (*moments, told.as_of):
            flow.intake(code, as_of=moment)
    house = sampled.look(sample)
    differences = [*sampled.misplaced(house), *sampled.silently_wrong(house), *sampled.unread(house), *sampled.misjudged(house)]
    assert not differences, "\n".join(differences[:40])
