"""Secrets, owners and filing numbers of accounts; the trail of administration

Revision ID: 0006
Revises: 0005
"""

from alembic import op
import sqlalchemy as sa


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=True),
    sa.Column('office_id', sa.Integer(), nullable=True),
    sa.Column('before', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('after', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_events_office_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_events_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events'))
    )
    op.create_index('ix_events_at', 'events', ['at'])
    op.create_index('ix_events_kind', 'events', ['kind'])
    op.create_index('ix_events_user_id', 'events', ['user_id'])
    op.create_index('ix_events_subject_subject_id', 'events', ['subject', 'subject_id'])
    op.create_index('ix_events_office_id_at', 'events', ['office_id', 'at'])
    # Plainly, not by copying the table: deliveries refer to its rows.
    op.execute(
        'ALTER TABLE accounts ADD COLUMN owner_id INTEGER CONSTRAINT fk_accounts_owner_id REFERENCES users (id)'
    )
    for name, type_ in ADDED:
        op.add_column('accounts', sa.Column(name, type_, nullable=True))
    for name, length in TEXTS:
        op.add_column('accounts', sa.Column(name, sa.String(length=length), nullable=False, server_default=''))
    op.add_column('accounts', sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
    op.execute(
        "UPDATE accounts SET beside = '升级前已有' WHERE active AND id NOT IN "
        "(SELECT min(id) FROM accounts WHERE active GROUP BY office_id, channel)"
    )
    op.create_index(
        'uq_accounts_one_per_platform',
        'accounts',
        ['office_id', 'channel'],
        unique=True,
        sqlite_where=sa.text("active AND beside = ''"),
        postgresql_where=sa.text("active AND beside = ''"),
    )
    for statement in FORBID[op.get_bind().dialect.name]:
        op.execute(statement)


ADDED = (
    ('opened', sa.Date()),
    ('closed', sa.Date()),
    ('tested_at', sa.DateTime(timezone=True)),
    ('tested', sa.JSON(none_as_null=True)),
    ('sound', sa.Boolean()),
)
TEXTS = (('beside', 200), ('filing', 60), ('owner_name', 60), ('owner_phone', 40), ('closed_reason', 200))
# Events are append-only, also for whoever opens the database by hand.
FORBID = {
    'sqlite': (
        "CREATE TRIGGER events_no_update BEFORE UPDATE ON events "
        "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
        "CREATE TRIGGER events_no_delete BEFORE DELETE ON events "
        "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    ),
    'postgresql': (
        "CREATE OR REPLACE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$",
        "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE ON events "
        "FOR EACH ROW EXECUTE FUNCTION events_append_only()",
    ),
}
