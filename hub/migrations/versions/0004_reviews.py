"""Reviews, comments, and what offices ask of them

Revision ID: 0004
Revises: 0003
"""

from alembic import op
import sqlalchemy as sa


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('review_rules',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('levels', sa.Integer(), nullable=False),
    sa.Column('one_person', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("reason <> ''", name=op.f('ck_review_rules_reason_given')),
    sa.CheckConstraint('levels BETWEEN 1 AND 3', name=op.f('ck_review_rules_levels')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_review_rules_office_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_review_rules_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_rules')),
    sa.UniqueConstraint('office_id', 'number', name=op.f('uq_review_rules_office_id_number'))
    )
    op.create_table('comments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('interpretation_id', sa.Integer(), nullable=False),
    sa.Column('revision_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=80), nullable=False),
    sa.Column('quote', sa.Text(), nullable=False),
    sa.Column('before', sa.String(length=60), nullable=False),
    sa.Column('after', sa.String(length=60), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("text <> ''", name=op.f('ck_comments_says_something')),
    sa.ForeignKeyConstraint(['interpretation_id'], ['interpretations.id'], name=op.f('fk_comments_interpretation_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_comments_revision_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_comments_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comments'))
    )
    op.create_index(op.f('ix_comments_interpretation_id'), 'comments', ['interpretation_id'])
    op.create_table('reviews',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('interpretation_id', sa.Integer(), nullable=False),
    sa.Column('revision_id', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('levels', sa.Integer(), nullable=False),
    sa.Column('alone', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('plan', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('artefacts', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('findings', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("(kind = 'submitted' AND levels BETWEEN 1 AND 3) OR (kind <> 'submitted' AND levels = 0)", name=op.f('ck_reviews_levels_of_a_submission')),
    sa.CheckConstraint("(kind IN ('signed', 'returned')) = (level <> '')", name=op.f('ck_reviews_level_of_a_verdict')),
    sa.CheckConstraint("kind IN ('submitted', 'withdrawn', 'signed', 'returned')", name=op.f('ck_reviews_kind')),
    sa.CheckConstraint("level IN ('', 'first', 'second', 'final')", name=op.f('ck_reviews_level')),
    sa.CheckConstraint("reason <> '' OR (kind <> 'returned' AND NOT alone)", name=op.f('ck_reviews_reason_given')),
    sa.ForeignKeyConstraint(['interpretation_id'], ['interpretations.id'], name=op.f('fk_reviews_interpretation_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_reviews_revision_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_reviews_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reviews'))
    )
    op.create_index('ix_reviews_interpretation', 'reviews', ['interpretation_id', 'id'])
    op.create_index(op.f('ix_reviews_revision_id'), 'reviews', ['revision_id'])
    op.create_index('ix_reviews_user_kind', 'reviews', ['user_id', 'kind', 'id'])
    op.create_index('uq_reviews_one_end', 'reviews', ['revision_id', 'round'], unique=True, sqlite_where=sa.text("kind IN ('returned', 'withdrawn')"), postgresql_where=sa.text("kind IN ('returned', 'withdrawn')"))
    op.create_index('uq_reviews_one_signature', 'reviews', ['revision_id', 'round', 'level'], unique=True, sqlite_where=sa.text("kind = 'signed'"), postgresql_where=sa.text("kind = 'signed'"))
    op.create_index('uq_reviews_one_submission', 'reviews', ['revision_id', 'round'], unique=True, sqlite_where=sa.text("kind = 'submitted'"), postgresql_where=sa.text("kind = 'submitted'"))
    op.create_table('replies',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('comment_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("kind <> 'answered' OR text <> ''", name=op.f('ck_replies_an_answer_says_something')),
    sa.CheckConstraint("kind IN ('answered', 'resolved', 'reopened')", name=op.f('ck_replies_kind')),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_replies_comment_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_replies_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replies'))
    )
    op.create_index(op.f('ix_replies_comment_id'), 'replies', ['comment_id'])
    op.add_column('interpretations', sa.Column('standing', sa.String(length=20), server_default='draft', nullable=False))
    op.create_index('ix_interpretations_standing', 'interpretations', ['standing', 'office_id', 'updated_at'])
    for statement in FORBID[op.get_bind().dialect.name]:
        op.execute(statement)


TABLES = ('reviews', 'comments', 'replies', 'review_rules')
# All of it is append-only, also for whoever opens the database by hand.
FORBID = {
    'sqlite': tuple(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
        for table in TABLES
        for verb in ('UPDATE', 'DELETE')
    ),
    'postgresql': (
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END $$",
        *(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION append_only()"
            for table in TABLES
        ),
    ),
}
