"""merge: what was read and checked becomes submissions, answers and findings.

In: a campaign whose readings are checked. Each receipt is placed by its evidence (whose and what for) and put to one or more expectations, or stands
unplaced with a finding that asks. Out: submissions (accepted; returned where an error was found; waiting where a question stands open), their answers
and findings, and the newest acceptable one of each expectation as current. Findings C301 to C704 (placing) and M701 to M711 (across submissions).
One transaction a batch, one merger per campaign; a second run finds nothing waiting and changes nothing. `decide` enters a supervisor's decision and
applies it. `read_again` puts new readings of kept originals in the place of the old ones, or shows what that would change.
"""

from include.catalogue import load
from include.merge.deciding import decide
from include.merge.desk import Desk, Roster
from include.merge.filing import file_batch
from include.merge.rereading import read_again
from include.warehouse import bulk, connect, readings
from include.warehouse.database import hold

__all__ = ["decide", "merge", "read_again"]

BATCH = 2000
"""How many receipts one transaction takes: enough for bulk loads to pay, few enough to stay small in memory."""


def merge(campaign: str) -> int:
    """Place and merge everything that waits; return how many submissions are new or changed."""
    definitions = load(campaign)
    warehouse = connect()
    with warehouse.look() as connection:
        if not readings.to_merge(connection, campaign):
            return 0
    changed, roster = 0, Roster.of(definitions.units)
    while True:
        with bulk.without_collector(), warehouse.begin() as connection:
            hold(connection, f"merge {campaign}")
            numbers = readings.to_merge(connection, campaign)
            if not numbers:
                return changed
            desk = Desk(connection, definitions, roster)
            changed += file_batch(connection, desk, desk.first_in_line(numbers)[:BATCH])
