"""Pictures, templates, words, and facts of records that change after publication

Revision ID: 0008
Revises: 0007
"""

import json

from alembic import op
import sqlalchemy as sa


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _links()
    _records()
    _library()
    _deliveries()
    _fill()


def _links() -> None:
    op.create_table('revision_interpreters',
    sa.Column('revision_id', sa.Integer(), nullable=False),
    sa.Column('interpreter_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_revision_interpreters_revision_id')),
    sa.ForeignKeyConstraint(['interpreter_id'], ['interpreters.id'], name=op.f('fk_revision_interpreters_interpreter_id')),
    sa.PrimaryKeyConstraint('revision_id', 'interpreter_id', name=op.f('pk_revision_interpreters'))
    )
    op.create_index(op.f('ix_revision_interpreters_interpreter_id'), 'revision_interpreters', ['interpreter_id'])
    op.create_table('revision_images',
    sa.Column('revision_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_revision_images_revision_id')),
    sa.PrimaryKeyConstraint('revision_id', 'sha256', name=op.f('pk_revision_images'))
    )
    op.create_index(op.f('ix_revision_images_sha256'), 'revision_images', ['sha256'])


def _records() -> None:
    # Plainly, not by copying the table: other rows refer to its rows.
    op.execute(
        'ALTER TABLE policies ADD COLUMN merged_into_id INTEGER '
        'CONSTRAINT fk_policies_merged_into_id REFERENCES policies (id)'
    )
    op.create_index(op.f('ix_policies_merged_into_id'), 'policies', ['merged_into_id'])
    op.create_index('ix_policies_validity', 'policies', ['validity'])
    op.add_column('interpreters', sa.Column('trained', sa.Date(), nullable=True))
    op.add_column('interpreters', sa.Column('active', sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table('former_phones',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('interpreter_id', sa.Integer(), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['interpreter_id'], ['interpreters.id'], name=op.f('fk_former_phones_interpreter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_former_phones'))
    )
    op.create_index(op.f('ix_former_phones_interpreter_id'), 'former_phones', ['interpreter_id'])
    op.create_table('subject_names',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_subject_names_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subject_names')),
    sa.UniqueConstraint('office_id', 'key', name=op.f('uq_subject_names_office_id_key'))
    )


def _library() -> None:
    op.create_table('media',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('alt', sa.String(length=500), nullable=False),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('credit', sa.String(length=200), nullable=False),
    sa.Column('tags', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_media_office_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_media_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_media')),
    sa.UniqueConstraint('office_id', 'sha256', name=op.f('uq_media_office_id_sha256'))
    )
    op.create_index(op.f('ix_media_sha256'), 'media', ['sha256'])
    op.create_index('ix_media_office_id_at', 'media', ['office_id', 'at'])
    op.create_table('text_templates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('purpose', sa.String(length=200), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_text_templates_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_text_templates')),
    sa.UniqueConstraint('office_id', 'name', name=op.f('uq_text_templates_office_id_name'))
    )
    op.create_table('office_words',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('wrong', sa.String(length=60), nullable=False),
    sa.Column('suggested', sa.String(length=60), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.CheckConstraint("kind IN ('wrong', 'sensitive')", name=op.f('ck_office_words_kind')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_office_words_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office_words')),
    sa.UniqueConstraint('office_id', 'wrong', name=op.f('uq_office_words_office_id_wrong'))
    )
    op.create_table('leaders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_leaders_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leaders')),
    sa.UniqueConstraint('office_id', 'name', name=op.f('uq_leaders_office_id_name'))
    )


def _deliveries() -> None:
    op.create_table('refreshes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.String(length=120), nullable=False),
    sa.Column('after', sa.String(length=120), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("kind IN ('phone', 'policy')", name=op.f('ck_refreshes_kind')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_refreshes_office_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_refreshes_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refreshes'))
    )
    op.create_index(op.f('ix_refreshes_office_id'), 'refreshes', ['office_id'])
    op.create_index('ix_refreshes_subject_subject_id', 'refreshes', ['subject', 'subject_id'])
    op.execute(
        'ALTER TABLE deliveries ADD COLUMN refresh_id INTEGER '
        'CONSTRAINT fk_deliveries_refresh_id REFERENCES refreshes (id)'
    )
    op.create_index(op.f('ix_deliveries_refresh_id'), 'deliveries', ['refresh_id'])
    # The log is read from its newest end, of all or of one person.
    op.create_index('ix_moves_at', 'moves', ['at'])
    op.create_index('ix_moves_user_id', 'moves', ['user_id'])


def _fill() -> None:
    """The links of what was saved before."""
    bind = op.get_bind()
    known = set(bind.execute(sa.text('SELECT id FROM interpreters')).scalars())
    last = 0
    while rows := bind.execute(
        sa.text('SELECT id, content FROM revisions WHERE id > :last ORDER BY id LIMIT 500'), {'last': last}
    ).all():
        for row in rows:
            _fill_one(bind, known, row)
        last = rows[-1].id


def _fill_one(bind: sa.Connection, known: set[int], row: sa.Row[tuple[int, object]]) -> None:
    content = json.loads(row.content) if isinstance(row.content, str) else row.content
    people = dict.fromkeys(i.get('id') for i in content.get('interpreters', []) if i.get('id') in known)
    for position, id_ in enumerate(people):
        bind.execute(
            sa.text('INSERT INTO revision_interpreters (revision_id, interpreter_id, position) VALUES (:r, :i, :p)'),
            {'r': row.id, 'i': id_, 'p': position},
        )
    for sha256 in dict.fromkeys(i['sha256'] for i in content.get('images', [])):
        bind.execute(
            sa.text('INSERT INTO revision_images (revision_id, sha256) VALUES (:r, :s)'), {'r': row.id, 's': sha256}
        )
