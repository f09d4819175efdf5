"""When a column of the site showed something new

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("columns", sa.Column("last_published_at", sa.DateTime(timezone=True), nullable=True))
    # It is written with the lists: have all of them made once more.
    op.execute("UPDATE projections SET wanted = wanted + 1")
