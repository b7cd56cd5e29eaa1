"""The first tables and views."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "answer",
        sa.Column("submission", sa.String(length=100), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False, comment="0 outside many-row tables"),
        sa.Column("value_number", sa.Float(), nullable=True),
        sa.Column("value_text", sa.Text(), nullable=True),
        sa.Column("approximate", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("submission", "item", "row", name="pk_answer"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "campaign",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False, comment="1, 2, ... each time the definitions changed"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of the definitions' canonical JSON"),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("definitions", sa.JSON(), nullable=False, comment="campaign, forms and units as they were in force"),
        sa.PrimaryKeyConstraint("campaign_code", "snapshot", name="pk_campaign"),
    )
    op.create_table(
        "decision",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verb", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.String(length=80), nullable=True),
        sa.Column("obligation_code", sa.String(length=80), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("submission", sa.String(length=100), nullable=True),
        sa.Column("receipt_number", sa.Integer(), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True, comment="the second person, where the campaign asks for one"),
        sa.Column("approved", sa.Boolean(), nullable=False, comment="false: proposed and rejected; kept, without effect"),
        sa.PrimaryKeyConstraint("campaign_code", "number", name="pk_decision"),
    )
    op.create_table(
        "expectation",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("unit_code", sa.String(length=80), nullable=False),
        sa.Column("obligation_code", sa.String(length=80), nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="'' for a single report"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("campaign_code", "unit_code", "obligation_code", "period", name="pk_expectation"),
    )
    op.create_table(
        "finding",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("receipt_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="1, 2, ... within the receipt"),
        sa.Column("submission", sa.String(length=100), nullable=True, comment="NULL while the receipt is unplaced"),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_code", "receipt_number", "number", name="pk_finding"),
    )
    op.create_index("ix_finding_submission", "finding", ["submission"], unique=False)
    op.create_table(
        "obligation",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("obligation_code", sa.String(length=80), nullable=False),
        sa.Column("notice_order", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("form_code", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="the notice's sentence, or why it was decided"),
        sa.PrimaryKeyConstraint("campaign_code", "obligation_code", name="pk_obligation"),
    )
    op.create_table(
        "receipt",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.Text(), nullable=False, comment="relative to the campaign's inbox"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=True, comment="as the sender's file says; proves nothing"),
        sa.Column(
            "version_tag",
            sa.String(length=200),
            nullable=False,
            comment="what tells that the listed file is unchanged: mtime in ns, or the store's etag",
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how_known", sa.String(length=20), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, comment="when this row was written"),
        sa.Column(
            "clock_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the clock of the run that took it in: recorded_at, or the moment stated by --as-of",
        ),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("campaign_code", "number", name="pk_receipt"),
        sa.UniqueConstraint("campaign_code", "previous_hash", name="uq_receipt_campaign_code_previous_hash"),
    )
    op.create_index("ix_receipt_sha256", "receipt", ["sha256"], unique=False)
    op.create_table(
        "refusal",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False, comment="link, special, escapes"),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("campaign_code", "number", name="pk_refusal"),
    )
    op.create_table(
        "score",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("unit_code", sa.String(length=80), nullable=False),
        sa.Column("as_of_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("group_tag", sa.String(length=80), nullable=False),
        sa.Column("deductions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_code", "unit_code", name="pk_score"),
    )
    op.create_table(
        "standing",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("unit_code", sa.String(length=80), nullable=False),
        sa.Column("obligation_code", sa.String(length=80), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("as_of_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False, comment="separated by |"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submission", sa.String(length=100), nullable=True),
        sa.Column("late_by_s", sa.Integer(), nullable=True),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_code", "unit_code", "obligation_code", "period", name="pk_standing"),
    )
    op.create_table(
        "unit",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("unit_code", sa.String(length=80), nullable=False),
        sa.Column("official_order", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.String(length=80), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False, comment="separated by |"),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_code", "unit_code", name="pk_unit"),
    )
    op.create_table(
        "reading",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("receipt_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form_code", sa.String(length=80), nullable=False, comment="'' for documents and materials"),
        sa.Column("form_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False, comment="the Reading as JSON"),
        sa.Column("checked", sa.LargeBinary(), nullable=True, comment="the findings of validation as JSON; NULL until validated"),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True, comment="NULL until merged"),
        sa.ForeignKeyConstraint(
            ["campaign_code", "receipt_number"], ["receipt.campaign_code", "receipt.number"], name="fk_reading_campaign_code_receipt_number"
        ),
        sa.PrimaryKeyConstraint("campaign_code", "receipt_number", "form_code", "form_version", name="pk_reading"),
    )
    op.create_index(
        "ix_reading_unchecked",
        "reading",
        ["campaign_code", "form_code", "receipt_number"],
        unique=False,
        sqlite_where=sa.text("checked IS NULL"),
        postgresql_where=sa.text("checked IS NULL"),
    )
    op.create_index(
        "ix_reading_unmerged",
        "reading",
        ["campaign_code", "receipt_number"],
        unique=False,
        sqlite_where=sa.text("merged_at IS NULL"),
        postgresql_where=sa.text("merged_at IS NULL"),
    )
    op.create_table(
        "sighting",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("receipt_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "version_tag",
            sa.String(length=200),
            nullable=False,
            comment="how the listing showed the path when it was found to hold the receipt's bytes still",
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_code", "receipt_number"], ["receipt.campaign_code", "receipt.number"], name="fk_sighting_campaign_code_receipt_number"
        ),
        sa.PrimaryKeyConstraint("campaign_code", "receipt_number", name="pk_sighting"),
    )
    op.create_table(
        "submission",
        sa.Column("submission", sa.String(length=100), nullable=False, comment="<campaign>-<receipt number>[-n]"),
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("receipt_number", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=80), nullable=False),
        sa.Column("obligation_code", sa.String(length=80), nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="'' for a single report"),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("form_code", sa.String(length=80), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "told_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="by the run's clock, when the unit was told what was found: a grace counts from here",
        ),
        sa.Column("state", sa.String(length=10), nullable=False, comment="accepted, returned, waiting, withdrawn"),
        sa.Column("found_state", sa.String(length=10), nullable=False, comment="the state before any decision, as merge found it"),
        sa.Column("worst", sa.String(length=10), nullable=True, comment="error, warning, note; NULL if clean"),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("is_nil", sa.Boolean(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False, comment="the newest acceptable one of its expectation"),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column(
            "repeats",
            sa.String(length=100),
            nullable=True,
            comment="the earlier submission of the same bytes: then this one changes nothing and is never judged",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_code", "receipt_number"], ["receipt.campaign_code", "receipt.number"], name="fk_submission_campaign_code_receipt_number"
        ),
        sa.PrimaryKeyConstraint("submission", name="pk_submission"),
    )
    op.create_index("ix_submission_expectation", "submission", ["campaign_code", "unit_code", "obligation_code", "period"], unique=False)
    op.create_index("ix_submission_receipt", "submission", ["campaign_code", "receipt_number"], unique=False)

    op.execute(
        """
        CREATE VIEW current_answer AS
        SELECT s.campaign_code, s.unit_code, s.obligation_code, s.period, a.submission, a.item, a.row, a.value_number, a.value_text,
               a.approximate, a.raw, a.sheet, a.cell
        FROM answer a JOIN submission s ON s.submission = a.submission
        WHERE s.is_current
        """
    )

    op.execute(
        """
        CREATE VIEW roll_up AS
        SELECT s.campaign_code, s.obligation_code, s.period, a.item, sum(a.value_number) AS total, count(a.value_number) AS units,
               sum(CASE WHEN a.approximate THEN 1 ELSE 0 END) AS approximate, sum(CASE WHEN a.value_number IS NULL THEN 1 ELSE 0 END) AS nil
        FROM answer a JOIN submission s ON s.submission = a.submission
        WHERE s.is_current AND a.row = 0
        GROUP BY s.campaign_code, s.obligation_code, s.period, a.item
        """
    )
