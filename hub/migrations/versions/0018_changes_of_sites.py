"""What changed on a site, in a log of its own

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FORBID = {
    "sqlite": [
        f"CREATE TRIGGER site_changes_no_{verb.lower()} BEFORE {verb} ON site_changes "
        "BEGIN SELECT RAISE(ABORT, 'site_changes are append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE TRIGGER site_changes_no_change BEFORE UPDATE OR DELETE ON site_changes "
        "FOR EACH ROW EXECUTE FUNCTION append_only()",
    ],
}
# A site whose pieces were published by a version that had no note of how far its lists follow.
MISSING = """
INSERT INTO projections (site_id, wanted, built)
SELECT s.id, 0, 0 FROM sites s WHERE NOT EXISTS (SELECT 1 FROM projections p WHERE p.site_id = s.id)
AND EXISTS (SELECT 1 FROM deliveries d WHERE d.item IS NOT NULL)
"""


def upgrade() -> None:
    op.create_table(
        "site_changes",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("interpretation_id", sa.Integer(), nullable=True),
        sa.Column("policy_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_site_changes_site_id")),
        sa.PrimaryKeyConstraint("site_id", "number", name=op.f("pk_site_changes")),
    )
    for statement in FORBID[op.get_bind().dialect.name]:
        op.execute(statement)
    # No row for what is published already: a site without shelves reads all of it. Each site is behind by one change.
    op.execute(MISSING)
    op.execute("UPDATE projections SET wanted = wanted + 1")
    op.execute("INSERT INTO site_changes (site_id, number) SELECT site_id, wanted FROM projections")
