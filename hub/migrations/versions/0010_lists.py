"""Lists stay quick beside a hundred thousand texts and a release to a whole city

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Each of the new ones begins with the column of the old one, and serves what that served.
    op.drop_index("ix_deliveries_interpretation_id", table_name="deliveries")
    op.create_index("ix_deliveries_piece_account", "deliveries", ["interpretation_id", "account_id", "id"])
    op.drop_index("ix_interpretations_office_id", table_name="interpretations")
    op.create_index("ix_interpretations_office_updated", "interpretations", ["office_id", "updated_at"])
