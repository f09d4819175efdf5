"""How the channels of an interpretation stand is counted from an index

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["interpretation_id", "channel", "state", "account_id", "due_at"]
    op.create_index("ix_deliveries_piece_states", "deliveries", columns)
