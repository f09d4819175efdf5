"""What a site says at the foot of its pages

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sites", sa.Column("icp", sa.String(60), nullable=False, server_default=""))
    op.add_column("sites", sa.Column("police", sa.String(60), nullable=False, server_default=""))
    op.add_column("sites", sa.Column("find_errors", sa.String(500), nullable=False, server_default=""))
