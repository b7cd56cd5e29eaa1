"""Reminders that were sent, and the intakes they wait for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "intake",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False, comment="by its clock, when the newest intake began to look"),
        sa.Column(
            "finished_began_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the newest intake began that has been merged whole: nobody is chased for what fell due since",
        ),
        sa.PrimaryKeyConstraint("campaign_code", name="pk_intake"),
    )
    op.create_table(
        "reminder",
        sa.Column("campaign_code", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False, comment="its name, never its address; 'text' is the file that people copy from"),
        sa.Column("recipient_code", sa.String(length=80), nullable=False, comment="unit; '' for the authority"),
        sa.Column("unit_code", sa.String(length=80), nullable=False),
        sa.Column("obligation_code", sa.String(length=80), nullable=False),
        sa.Column("period", sa.Text(), nullable=False, comment="'' for a single report"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False, comment="before-3, before-1w, before-0, reminder, parts, demand, circular"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="sending (if that stays, nobody knows whether it arrived), sent, failed"),
        sa.Column("as_of_at", sa.DateTime(timezone=True), nullable=False, comment="the moment the reminder spoke of when it was last tried"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, comment="why it failed"),
        sa.PrimaryKeyConstraint(
            "campaign_code",
            "channel",
            "recipient_code",
            "unit_code",
            "obligation_code",
            "period",
            "due_at",
            "step",
            name="pk_reminder",
        ),
    )
