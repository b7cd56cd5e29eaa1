"""What units answered to warnings, and which submissions stand as explained."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    comment = "the unit's own answer to a warning"
    op.add_column("finding", sa.Column("explanation", sa.Text(), nullable=False, server_default="", comment=comment))
    comment = "nothing worse than warnings, and the unit answered each of them"
    # A constant that both databases take as it stands: SQLite would make the table anew for an expression, and its views hold it.
    op.add_column("submission", sa.Column("is_explained", sa.Boolean(), nullable=False, server_default=sa.text("false"), comment=comment))
