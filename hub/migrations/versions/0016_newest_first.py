"""Policies and signed texts are listed newest first without being sorted; what few deliveries have is indexed of them

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_policies_published", "policies", ["published", "id"])
    op.create_index("ix_interpretations_standing_updated", "interpretations", ["standing", "updated_at", "id"])
    for column in ("hold_id", "refresh_id", "withdrawal_id"):
        there = sa.text(f"{column} IS NOT NULL")
        op.drop_index(f"ix_deliveries_{column}", table_name="deliveries")
        op.create_index(
            f"ix_deliveries_{column}", "deliveries", [column], sqlite_where=there, postgresql_where=there
        )
