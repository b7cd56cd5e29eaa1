"""Points that persons award, decisions taken back, dated changes of units, until when a report may be corrected, and parts that lack."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("decision") as table:
        table.add_column(sa.Column("item", sa.String(length=80), nullable=True, comment="of the scoring table, for award"))
        table.add_column(sa.Column("points", sa.Float(), nullable=True, comment="for award; negative ones are taken"))
        table.add_column(sa.Column("withdraws", sa.Integer(), nullable=True, comment="the number of the decision that is taken back"))
    with op.batch_alter_table("expectation") as table:
        comment = "until when what has come may be corrected; NULL: until closing_at"
        table.add_column(sa.Column("edit_ends_at", sa.DateTime(timezone=True), nullable=True, comment=comment))
    with op.batch_alter_table("standing") as table:
        comment = "parts asked for and not received, separated by |"
        table.add_column(sa.Column("missing_parts", sa.Text(), nullable=False, server_default="", comment=comment))
    with op.batch_alter_table("unit") as table:
        comment = "dated changes of parent and name, separated by |"
        table.add_column(sa.Column("changes", sa.Text(), nullable=False, server_default="", comment=comment))
