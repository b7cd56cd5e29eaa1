"""The door to the database and to the vault. SQLAlchemy appears nowhere else.

    warehouse = connect()                      # BAOSONG_WAREHOUSE, or a URL; brings its tables up to date
    with warehouse.begin() as connection:      # one transaction that may write: all of it or nothing
        readings.store(connection, campaign, found, read_at)
    with warehouse.look() as connection:       # one consistent picture, nothing is written
        for receipt in ledger.receipts(connection, campaign): ...

Modules, each a noun with typed functions that take the connection first:
`intakes` (when the newest finished one began), `ledger` (receipts, their chain, refusals), `readings` (what files say, waiting to be checked, then
merged), `submissions`, `answers`, `findings`, `decisions`, `standings` (stored standings and scores), `reminders` (what was sent to whom),
`snapshots` (definitions in force, units, obligations, expectations), `plans` (activities from accepted plans), `vault` (originals under their
SHA-256). `tables` names everything that SQL may ask for.

A database that is away or locked raises `TryAgain`; nothing else does. The same calls give the same rows on SQLite and on PostgreSQL.
"""

from include.warehouse.database import Connection, Warehouse, connect

__all__ = ["Connection", "Warehouse", "connect"]
