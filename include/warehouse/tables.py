"""The warehouse's tables: the same names and types on PostgreSQL and SQLite.

Instants end in `_at` (UTC), days in `_on`, codes in `_code`; `answer` keeps the short names that analysts type (`submission`, `item`, `row`).
Definitions in force are kept as snapshots in `campaign`, so that an old verdict can be computed again.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware moment, UTC in the database and in Python; SQLite keeps microseconds, as PostgreSQL does. A naive moment is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Hand over UTC; SQLite has no zones, so it gets the bare UTC moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone: give an aware moment")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


campaign = Table(
    "campaign",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("snapshot", Integer, primary_key=True, comment="1, 2, ... each time the definitions changed"),
    Column("sha256", String(64), nullable=False, comment="of the definitions' canonical JSON"),
    Column("taken_at", Instant, nullable=False),
    Column("definitions", JSON, nullable=False, comment="campaign, forms and units as they were in force"),
)

unit = Table(
    "unit",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("unit_code", String(80), primary_key=True),
    Column("official_order", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_code", String(80), nullable=False, default=""),
    Column("tags", Text, nullable=False, default="", comment="separated by |"),
    Column("from_on", Date),
    Column("to_on", Date),
    Column("changes", Text, nullable=False, default="", comment="dated changes of parent and name, separated by |"),
)

obligation = Table(
    "obligation",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("obligation_code", String(80), primary_key=True),
    Column("notice_order", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("what", String(10), nullable=False),
    Column("form_code", String(80), nullable=False, default=""),
    Column("source", Text, nullable=False, default="", comment="the notice's sentence, or why it was decided"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False, comment="relative to the campaign's inbox"),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("modified_at", Instant, comment="as the sender's file says; proves nothing"),
    Column(
        "version_tag",
        String(200),
        nullable=False,
        default="",
        comment="what tells that the listed file is unchanged: mtime in ns, or the store's etag",
    ),
    Column("received_at", Instant, nullable=False),
    Column("how_known", String(20), nullable=False),
    Column("recorded_at", Instant, nullable=False, comment="when this row was written"),
    Column("clock_at", Instant, nullable=False, comment="the clock of the run that took it in: recorded_at, or the moment stated by --as-of"),
    Column("previous_hash", String(64), nullable=False),
    Column("receipt_hash", String(64), nullable=False),
    UniqueConstraint("campaign_code", "previous_hash"),
    Index("ix_receipt_sha256", "sha256"),
)

sighting = Table(
    "sighting",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("receipt_number", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("version_tag", String(200), nullable=False, comment="how the listing showed the path when it was found to hold the receipt's bytes still"),
    Column("seen_at", Instant, nullable=False),
    ForeignKeyConstraint(["campaign_code", "receipt_number"], ["receipt.campaign_code", "receipt.number"]),
)

refusal = Table(
    "refusal",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False),
    Column("reason", String(40), nullable=False, comment="link, special, escapes"),
    Column("refused_at", Instant, nullable=False),
)

_UNCHECKED = text("checked IS NULL")
_UNMERGED = text("merged_at IS NULL")

reading = Table(
    "reading",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("receipt_number", Integer, primary_key=True, autoincrement=False),
    Column("form_code", String(80), primary_key=True, comment="'' for documents and materials"),
    Column("form_version", Integer, primary_key=True, autoincrement=False),
    Column("read_at", Instant, nullable=False),
    Column("said", LargeBinary, nullable=False, comment="the Reading as JSON"),
    Column("checked", LargeBinary, comment="the findings of validation as JSON; NULL until validated"),
    Column("merged_at", Instant, comment="NULL until merged"),
    ForeignKeyConstraint(["campaign_code", "receipt_number"], ["receipt.campaign_code", "receipt.number"]),
    # Small while little waits, and never mistaken for a way to one reading.
    Index("ix_reading_unchecked", "campaign_code", "form_code", "receipt_number", sqlite_where=_UNCHECKED, postgresql_where=_UNCHECKED),
    Index("ix_reading_unmerged", "campaign_code", "receipt_number", sqlite_where=_UNMERGED, postgresql_where=_UNMERGED),
)

submission = Table(
    "submission",
    metadata,
    Column("submission", String(100), primary_key=True, comment="<campaign>-<receipt number>[-n]"),
    Column("campaign_code", String(80), nullable=False),
    Column("receipt_number", Integer, nullable=False),
    Column("unit_code", String(80), nullable=False),
    Column("obligation_code", String(80), nullable=False),
    Column("period", Text, nullable=False, default="", comment="'' for a single report"),
    Column("part", String(10), nullable=False, default=""),
    Column("form_code", String(80), nullable=False, default=""),
    Column("form_version", Integer, nullable=False, default=0),
    Column("received_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("told_at", Instant, nullable=False, comment="by the run's clock, when the unit was told what was found: a grace counts from here"),
    Column("state", String(10), nullable=False, comment="accepted, returned, waiting, withdrawn"),
    Column("found_state", String(10), nullable=False, comment="the state before any decision, as merge found it"),
    Column("worst", String(10), comment="error, warning, note; NULL if clean"),
    Column("findings", Integer, nullable=False, default=0),
    Column("is_nil", Boolean, nullable=False, default=False),
    Column("is_explained", Boolean, nullable=False, default=False, comment="nothing worse than warnings, and the unit answered each of them"),
    Column("is_current", Boolean, nullable=False, default=False, comment="the newest acceptable one of its expectation"),
    Column("by_hand", Boolean, nullable=False, default=False),
    Column("repeats", String(100), comment="the earlier submission of the same bytes: then this one changes nothing and is never judged"),
    ForeignKeyConstraint(["campaign_code", "receipt_number"], ["receipt.campaign_code", "receipt.number"]),
    Index("ix_submission_expectation", "campaign_code", "unit_code", "obligation_code", "period"),
    Index("ix_submission_receipt", "campaign_code", "receipt_number"),
)

finding = Table(
    "finding",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("receipt_number", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, ... within the receipt"),
    Column("submission", String(100), comment="NULL while the receipt is unplaced"),
    Column("code", String(10), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("item", String(40)),
    Column("row", Integer),
    Column("sheet", Text, nullable=False, default=""),
    Column("cell", Text, nullable=False, default=""),
    Column("given", Text, nullable=False, default=""),
    Column("expected", Text, nullable=False, default=""),
    Column("explanation", Text, nullable=False, default="", comment="the unit's own answer to a warning"),
    Index("ix_finding_submission", "submission"),
)

answer = Table(
    "answer",
    metadata,
    Column("submission", String(100), primary_key=True),
    Column("item", String(40), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False, comment="0 outside many-row tables"),
    Column("value_number", Float),
    Column("value_text", Text),
    Column("approximate", Boolean, nullable=False),
    Column("raw", Text, nullable=False),
    Column("sheet", Text, nullable=False),
    Column("cell", Text, nullable=False),
    sqlite_with_rowid=False,
)

earlier_reading = Table(
    "earlier_reading",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("receipt_number", Integer, primary_key=True, autoincrement=False),
    Column("until_at", Instant, primary_key=True, comment="when it was read again"),
    Column("form_code", String(80), primary_key=True, comment="'' for documents and materials"),
    Column("form_version", Integer, primary_key=True, autoincrement=False),
    Column("read_at", Instant, nullable=False),
    Column("said", LargeBinary, nullable=False, comment="the Reading as JSON"),
    Column("checked", LargeBinary, comment="the findings of validation as JSON"),
    ForeignKeyConstraint(["campaign_code", "receipt_number"], ["receipt.campaign_code", "receipt.number"]),
)

earlier_verdict = Table(
    "earlier_verdict",
    metadata,
    Column("submission", String(100), primary_key=True),
    Column("until_at", Instant, primary_key=True, comment="when its file was read again"),
    Column("campaign_code", String(80), nullable=False),
    Column("form_code", String(80), nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("found_state", String(10), nullable=False),
    Column("worst", String(10)),
    Column("findings", Integer, nullable=False),
    Column("is_nil", Boolean, nullable=False),
    Column("told_at", Instant, nullable=False),
    Column("answers", LargeBinary, nullable=False, comment="its answers as JSON"),
    Column("told", LargeBinary, nullable=False, comment="its findings as JSON"),
    Index("ix_earlier_verdict_campaign_code_until_at", "campaign_code", "until_at"),
)

verdict = Table(
    "verdict",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("as_of_at", Instant, nullable=False, comment="the moment that the kept standings and scores were judged as of"),
    Column("known_at", Instant, nullable=False, comment="by what was recorded until then"),
)

standing = Table(
    "standing",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("unit_code", String(80), primary_key=True),
    Column("obligation_code", String(80), primary_key=True),
    Column("period", Text, primary_key=True, comment="'' for a single report"),
    Column("owed_at", Instant, comment="until when by the rule; NULL: open"),
    Column("closing_at", Instant),
    Column("edit_ends_at", Instant, comment="until when what has come may be corrected; NULL: until closing_at"),
    Column("due_at", Instant, comment="until when, extensions in it"),
    Column("standing", String(20), nullable=False),
    Column("flags", Text, nullable=False, default="", comment="separated by |"),
    Column("received_at", Instant),
    Column("submission", String(100)),
    Column("late_by_s", Integer),
    Column("findings", Integer, nullable=False, default=0),
    Column("missing_parts", Text, nullable=False, default="", comment="parts asked for and not received, separated by |"),
)

score = Table(
    "score",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("unit_code", String(80), primary_key=True),
    Column("score", Float, nullable=False),
    Column("rank", Integer),
    Column("group_tag", String(80), nullable=False, default=""),
    Column("deductions", JSON, nullable=False),
)

decision = Table(
    "decision",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("verb", String(10), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("unit_code", String(80)),
    Column("obligation_code", String(80)),
    Column("period", Text),
    Column("submission", String(100)),
    Column("receipt_number", Integer),
    Column("until_at", Instant),
    Column("paper", Text, nullable=False, default=""),
    Column("item", String(80), comment="of the scoring table, for award"),
    Column("points", Float, comment="for award; negative ones are taken"),
    Column("withdraws", Integer, comment="the number of the decision that is taken back"),
    Column("approved_by", Text, comment="the second person, where the campaign asks for one"),
    Column("approved", Boolean, nullable=False, default=True, comment="false: proposed and rejected; kept, without effect"),
)

intake = Table(
    "intake",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("began_at", Instant, nullable=False, comment="by its clock, when the newest intake began to look"),
    Column("finished_began_at", Instant, comment="when the newest intake began that has been merged whole: nobody is chased for what fell due since"),
)

reminder = Table(
    "reminder",
    metadata,
    Column("campaign_code", String(80), primary_key=True),
    Column("channel", String(80), primary_key=True, comment="its name, never its address; 'text' is the file that people copy from"),
    Column("recipient_code", String(80), primary_key=True, comment="unit; '' for the authority"),
    Column("unit_code", String(80), primary_key=True),
    Column("obligation_code", String(80), primary_key=True),
    Column("period", Text, primary_key=True, comment="'' for a single report"),
    Column("due_at", Instant, primary_key=True),
    Column("step", String(20), primary_key=True, comment="before-3, before-1w, before-0, reminder, parts, demand, circular"),
    Column("state", String(10), nullable=False, comment="sending (if that stays, nobody knows whether it arrived), sent, failed"),
    Column("as_of_at", Instant, nullable=False, comment="the moment the reminder spoke of when it was last tried"),
    Column("recorded_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("detail", Text, nullable=False, default="", comment="why it failed"),
)

VIEWS = {
    "expectation": """
        SELECT campaign_code, unit_code, obligation_code, period, owed_at AS due_at, closing_at, edit_ends_at
        FROM standing
    """,
    "current_answer": """
        SELECT s.campaign_code, s.unit_code, s.obligation_code, s.period, a.submission, a.item, a.row, a.value_number, a.value_text,
               a.approximate, a.raw, a.sheet, a.cell
        FROM answer a JOIN submission s ON s.submission = a.submission
        WHERE s.is_current
    """,
    "roll_up": """
        SELECT s.campaign_code, s.obligation_code, s.period, a.item, sum(a.value_number) AS total, count(a.value_number) AS units,
               sum(CASE WHEN a.approximate THEN 1 ELSE 0 END) AS approximate, sum(CASE WHEN a.value_number IS NULL THEN 1 ELSE 0 END) AS nil
        FROM answer a JOIN submission s ON s.submission = a.submission
        WHERE s.is_current AND a.row = 0
        GROUP BY s.campaign_code, s.obligation_code, s.period, a.item
    """,
}
