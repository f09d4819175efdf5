"""Who may do what, where

Revision ID: 0003
Revises: 0002
"""

from alembic import op
import sqlalchemy as sa


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('grants',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=True),
    sa.Column('area_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("role IN ('writer', 'reviewer', 'publisher', 'administrator')", name=op.f('ck_grants_role')),
    sa.CheckConstraint("level IN ('', 'first', 'second', 'final')", name=op.f('ck_grants_level')),
    sa.CheckConstraint("level = '' OR role = 'reviewer'", name=op.f('ck_grants_only_reviewers_have_levels')),
    sa.CheckConstraint('(office_id IS NULL) <> (area_id IS NULL)', name=op.f('ck_grants_one_place')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_grants_area_id')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_grants_office_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_grants_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grants'))
    )
    op.create_index('ix_grants_user_id_role', 'grants', ['user_id', 'role'])
    op.create_index(op.f('ix_grants_office_id'), 'grants', ['office_id'])
    op.create_index(op.f('ix_grants_area_id'), 'grants', ['area_id'])
    # Until now whoever could sign in could do everything in their office; nobody is locked out by the upgrade.
    for role in ('writer', 'reviewer', 'publisher', 'administrator'):
        op.execute(
            'INSERT INTO grants (user_id, role, level, office_id) '
            f"SELECT id, '{role}', '', office_id FROM users WHERE active"
        )
