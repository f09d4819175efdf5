"""When it is looked next whether what is published still stands at its platform

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watches",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_watches_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_watches")),
    )
    op.create_index("ix_watches_at", "watches", ["at"])
