"""collect: what is new in a campaign's inbox gets a receipt.

In: the campaign's inbox (a folder, a share, any fsspec address). Out: exact copies in the vault, receipts in the ledger, and the batches of receipts
that wait to be read. Links, special files, paths that lead out and what may not be read are refused with a record; locks, temporary files and files
still being written wait for the next run. Raises TryAgain when the inbox is away; BaosongError, before anything is taken in, when the trusted list of
receipts is broken. A second run with nothing new lists the inbox once and opens no file. A crash between copy and record leaves a copy without a
receipt in the vault; the next run gives the receipt.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from logging import getLogger

from include.catalogue import brief
from include.collect import trusted
from include.collect.listing import Inbox, Listing, Seen
from include.domain.campaign import Campaign
from include.domain.receipt import HowKnown
from include.warehouse import Warehouse, connect, ledger, readings, vault

__all__ = ["collect"]

BATCH = 300
"""How many receipts one reading task takes."""
_AT_ONCE = 1000
_log = getLogger(__name__)


def collect(campaign: str, *, inbox: str | None = None, as_of: datetime | None = None, storage: Mapping[str, object] | None = None) -> list[str]:
    """Take in what is new and return the batches of receipts still to be read, as "first-last", those of a crashed earlier run among them.

    `inbox` is the campaign's own folder (default: `<BAOSONG_INBOX>/<campaign>`), `storage` fsspec's options for it. `as_of` states the clock of this
    run: files that the trusted list says came later are left for a later run; what has no trusted moment is stamped with it, and receipts say so.
    """
    definition = brief(campaign)
    warehouse = connect()
    place = Inbox.at(campaign, inbox, storage)
    with warehouse.only_one(f"collect {campaign}"):
        with warehouse.look() as connection:
            known = ledger.listed(connection, campaign)
        listing = place.listing(may_be_absent=inbox is None and not known)
        _take_in(warehouse, definition, place, listing, known, as_of)
        with warehouse.look() as connection:
            return batches(readings.unread_numbers(connection, campaign))


def batches(numbers: Sequence[int], size: int = BATCH) -> list[str]:
    """Cut numbers in ascending order into "first-last" of at most `size` of them each."""
    return [f"{numbers[at]}-{numbers[min(at + size, len(numbers)) - 1]}" for at in range(0, len(numbers), size)]


def _take_in(
    warehouse: Warehouse, campaign: Campaign, inbox: Inbox, listing: Listing, known: Mapping[str, ledger.Listed], as_of: datetime | None
) -> None:
    """Copy and record what is new, a thousand files a transaction."""
    refused = list(listing.refused)
    has_list = False
    new: list[Seen] = []
    for seen in listing.files:
        if seen.path == trusted.NAME:
            has_list = campaign.trusts_receipts_csv
            if not has_list:
                refused.append((seen.path, "untrusted_list"))
        elif (before := known.get(seen.path)) is None or (before.size, before.version_tag) != (seen.size, seen.version_tag):
            new.append(seen)
    _refuse(warehouse, campaign.code, refused)
    if not new:
        return
    moments = trusted.read(inbox.read(trusted.NAME)) if has_list else {}
    clock = as_of or datetime.now(UTC)
    arrived, waiting = [], 0
    for seen in new:
        moment = moments.get(trusted.key(seen.path))
        if moment is not None and moment > clock:
            waiting += 1
        else:
            arrived.append((seen, moment))
    if waiting:
        _log.info("%s: %d files wait, as receipts.csv says they come after %s", campaign.code, waiting, clock.isoformat())
    whole = inbox.at_rest([seen for seen, _ in arrived])
    ordered = sorted(
        ((_stamp(seen, moment, as_of, known), seen, moment) for seen, moment in arrived if seen.path in whole),
        key=lambda one: (one[0][0], one[1].path),
    )
    for at in range(0, len(ordered), _AT_ONCE):
        with vault.many() as keep:
            copied = list(_copied(inbox, ordered[at : at + _AT_ONCE], keep))
        _record(warehouse, campaign.code, copied, known, as_of)
    _refuse(warehouse, campaign.code, [(path, "unreadable") for path in inbox.unreadable])


def _refuse(warehouse: Warehouse, campaign: str, refused: Sequence[tuple[str, str]]) -> None:
    if refused:
        with warehouse.begin() as connection:
            ledger.refuse(connection, campaign, refused, datetime.now(UTC))


_Stamp = tuple[datetime, HowKnown]


def _stamp(seen: Seen, moment: datetime | None, as_of: datetime | None, known: Mapping[str, ledger.Listed]) -> _Stamp:
    """When a file was received and how that is known: the trusted list, the stated clock, or the earliest moment the server can vouch for."""
    before = known.get(seen.path)
    # A file replaced after its receipt was given is not the file the list spoke of.
    if moment is not None and (before is None or before.received_at != moment):
        return moment, "trusted_list"
    if as_of is not None:
        return as_of, "stated"
    now = datetime.now(UTC)
    if seen.vouched_at is not None and seen.vouched_at < now:
        return seen.vouched_at, seen.vouched_by
    return now, "first_seen"


_Copied = tuple[Seen, str, int, _Stamp, datetime | None]


def _copied(inbox: Inbox, ordered: Sequence[tuple[_Stamp, Seen, datetime | None]], keep: vault.Keep) -> Iterator[_Copied]:
    """The files that could be copied whole; one that changed meanwhile, or went away, waits for the next run."""
    for stamp, seen, moment in ordered:
        with inbox.opened(seen) as file:
            if file is None:
                continue
            sha256, size = keep(file)
        if size == seen.size and inbox.is_unchanged(seen):
            yield seen, sha256, size, stamp, moment


def _record(warehouse: Warehouse, campaign: str, copied: Sequence[_Copied], known: Mapping[str, ledger.Listed], as_of: datetime | None) -> None:
    """Give receipts in one transaction. The bytes of a path's last receipt, unmoved or from the same arrival, are no new arrival."""
    arrivals, again = [], []
    for seen, sha256, size, (received_at, how_known), moment in copied:
        before = known.get(seen.path)
        if before is not None and before.sha256 == sha256 and (before.received_at in (moment, as_of) or seen.is_as_modified(before.version_tag)):
            again.append((before.number, seen.size, seen.version_tag))
            continue
        arrivals.append(
            ledger.Arrival(
                path=seen.path,
                size=size,
                sha256=sha256,
                modified_at=seen.modified_at,
                version_tag=seen.version_tag,
                received_at=received_at,
                how_known=how_known,
            )
        )
    now = datetime.now(UTC)
    with warehouse.begin() as connection:
        ledger.append(connection, campaign, arrivals, recorded_at=now, clock_at=as_of)
        ledger.see_again(connection, campaign, again, now)
