"""Drafts that save themselves, and texts of one channel

Revision ID: 0005
Revises: 0004
"""

from alembic import op
import sqlalchemy as sa


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('working_copies',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('sheet', sa.String(length=20), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('discarded_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_working_copies_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_working_copies')),
    sa.UniqueConstraint('user_id', 'sheet', name=op.f('uq_working_copies_user_id_sheet'))
    )
    op.create_table('presences',
    sa.Column('interpretation_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['interpretation_id'], ['interpretations.id'], name=op.f('fk_presences_interpretation_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_presences_user_id')),
    sa.PrimaryKeyConstraint('interpretation_id', 'user_id', name=op.f('pk_presences'))
    )
    op.create_index('ix_presences_seen_at', 'presences', ['seen_at'])
