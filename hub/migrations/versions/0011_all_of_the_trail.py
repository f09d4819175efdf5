"""Reviews, comments, review rules and events are sealed in the chain, as moves are

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ONE_ROW = "(subject = 'moves') = (move_id IS NOT NULL) AND (subject = 'moves') = (subject_id IS NULL)"


def upgrade() -> None:
    with op.batch_alter_table("seals") as batch:
        batch.alter_column("move_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("subject", sa.String(length=20), nullable=False, server_default="moves"))
        batch.add_column(sa.Column("subject_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("seals") as batch:
        batch.alter_column("subject", existing_type=sa.String(length=20), server_default=None)
        batch.create_check_constraint(op.f("ck_seals_one_row"), ONE_ROW)
        batch.create_unique_constraint(op.f("uq_seals_subject_subject_id"), ["subject", "subject_id"])
