"""收文回执 and 报送件: what was received, and what it was put to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from include.domain.finding import Severity

HowKnown = Literal["first_seen", "change_time", "store", "trusted_list", "stated", "by_hand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One file as received, immutable. `number` runs from 1 within the campaign without gaps.

    `path` is relative to the campaign's inbox. `received_at` is the earliest moment the server can vouch for and `how_known` says how (`stated`:
    the operator gave the clock with --as-of); `recorded_at` is when the row was written, `clock_at` what the clock of that run said. `version_tag`
    is what told the listed file from others at its path.
    `receipt_hash` = SHA-256 over the row and `previous_hash`, so that no row can be altered, removed or inserted unseen.
    """

    campaign_code: str
    number: int
    path: str
    size: int
    sha256: str
    modified_at: datetime | None
    received_at: datetime
    how_known: HowKnown
    recorded_at: datetime
    previous_hash: str
    receipt_hash: str
    clock_at: datetime | None = None
    version_tag: str = ""


State = Literal["accepted", "returned", "waiting", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A receipt put to an expectation, as judge needs it.

    `id` is `<campaign>-<receipt number, six digits>`, with `-2`, `-3` where one file meets further expectations. `state`: `accepted` (no error
    found), `returned` (an error was found, at `recorded_at` told to the unit), `waiting` (a question stands open). `worst` is the gravest
    severity found, None if clean. `told_at` is when, by the clock of the run that took it in, the unit was told what was found (None: at
    `recorded_at`). `part` is "" for the report itself, "scan" for its stamped scan. `period` as in expectations, None for a single report.
    `is_explained`: nothing worse than warnings was found, and the unit answered each of them.
    """

    id: str
    receipt_number: int
    unit: str
    obligation: str
    period: str | None
    received_at: datetime
    recorded_at: datetime
    state: State
    worst: Severity | None = None
    findings: int = 0
    part: str = ""
    sha256: str = ""
    is_nil: bool = False
    by_hand: bool = False
    is_explained: bool = False
    told_at: datetime | None = None
