"""What files were read as before they were read again, and what was found of their submissions then."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "earlier_reading",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("receipt_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False, comment="when it was read again"),
        sa.Column("form_code", sa.String(length=80), nullable=False, comment="'' for documents and materials"),
        sa.Column("form_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False, comment="the Reading as JSON"),
        sa.Column("checked", sa.LargeBinary(), nullable=True, comment="the findings of validation as JSON"),
        sa.ForeignKeyConstraint(
            ["campaign_code", "receipt_number"], ["receipt.campaign_code", "receipt.number"], name="fk_earlier_reading_campaign_code_receipt_number"
        ),
        sa.PrimaryKeyConstraint("campaign_code", "receipt_number", "until_at", "form_code", "form_version", name="pk_earlier_reading"),
    )
    op.create_table(
        "earlier_verdict",
        sa.Column("submission", sa.String(length=100), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False, comment="when its file was read again"),
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("form_code", sa.String(length=80), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("found_state", sa.String(length=10), nullable=False),
        sa.Column("worst", sa.String(length=10), nullable=True),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("is_nil", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False, comment="its answers as JSON"),
        sa.Column("told", sa.LargeBinary(), nullable=False, comment="its findings as JSON"),
        sa.PrimaryKeyConstraint("submission", "until_at", name="pk_earlier_verdict"),
    )
    op.create_index("ix_earlier_verdict_campaign_code_until_at", "earlier_verdict", ["campaign_code", "until_at"])
