"""What is owed and how it stands in one row, and the moment of the verdict. Only the newest verdict is kept: it is judged anew."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for name in ("expectation", "standing", "score"):
        op.drop_table(name)
    op.create_table(
        "verdict",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("as_of_at", sa.DateTime(timezone=True), nullable=False, comment="the moment that the kept standings and scores were judged as of"),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False, comment="by what was recorded until then"),
        sa.PrimaryKeyConstraint("campaign_code", name="pk_verdict"),
    )
    op.create_table(
        "standing",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("unit_code", sa.String(length=80), nullable=False),
        sa.Column("obligation_code", sa.String(length=80), nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="'' for a single report"),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=True, comment="until when by the rule; NULL: open"),
        sa.Column("closing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "edit_ends_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="until when what has come may be corrected; NULL: until closing_at",
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, comment="until when, extensions in it"),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False, comment="separated by |"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submission", sa.String(length=100), nullable=True),
        sa.Column("late_by_s", sa.Integer(), nullable=True),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("missing_parts", sa.Text(), nullable=False, comment="parts asked for and not received, separated by |"),
        sa.PrimaryKeyConstraint("campaign_code", "unit_code", "obligation_code", "period", name="pk_standing"),
    )
    op.create_table(
        "score",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("unit_code", sa.String(length=80), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("group_tag", sa.String(length=80), nullable=False),
        sa.Column("deductions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_code", "unit_code", name="pk_score"),
    )
    op.execute(
        "CREATE VIEW expectation AS SELECT campaign_code, unit_code, obligation_code, period, owed_at AS due_at, closing_at, edit_ends_at "
        "FROM standing"
    )
