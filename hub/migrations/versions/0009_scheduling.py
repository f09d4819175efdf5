"""Slots that come back; when an account published last

Revision ID: 0009
Revises: 0008
"""

from alembic import op
import sqlalchemy as sa


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('slots',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('weekdays', sa.Integer(), nullable=False),
    sa.Column('monthday', sa.Integer(), nullable=True),
    sa.Column('clock', sa.String(length=5), nullable=False),
    sa.Column('channels', sa.JSON(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=80), nullable=False),
    sa.CheckConstraint('(weekdays = 0) = (monthday IS NOT NULL)', name=op.f('ck_slots_weekly_or_monthly')),
    sa.CheckConstraint('weekdays BETWEEN 0 AND 127', name=op.f('ck_slots_weekdays')),
    sa.CheckConstraint('monthday BETWEEN 1 AND 31', name=op.f('ck_slots_monthday')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_slots_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_slots'))
    )
    op.create_index(op.f('ix_slots_office_id'), 'slots', ['office_id'])
    op.add_column('accounts', sa.Column('last_published_at', sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE accounts SET last_published_at = (SELECT max(finished_at) FROM deliveries "
        "WHERE account_id = accounts.id AND state = 'published')"
    )
    op.create_index('ix_accounts_silent', 'accounts', ['office_id', 'active', 'last_published_at'])
    # The schedule's stretches of time: of one office's accounts, and of a whole city.
    op.create_index('ix_deliveries_account_due', 'deliveries', ['account_id', 'due_at'])
    op.create_index('ix_deliveries_due', 'deliveries', ['due_at', 'interpretation_id'])
    # Policies that still want their interpretation.
    op.create_index('ix_policies_office_published', 'policies', ['office_id', 'published'])
