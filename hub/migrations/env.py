"""Alembic's environment: online only, on the engine that `hub.migrations` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from hub.db import alone
from hub.models import Base
from hub.models.base import UtcDateTime

with context.config.attributes["engine"].connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite alters a table by copying it.
        render_as_batch=True,
        compare_type=True,
        # Types of our own appear in migrations as what they are in the database.
        render_item=lambda kind, item, _context: (
            "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False
        ),
    )
    if connection.dialect.name == "postgresql":
        # A large table is altered for as long as it takes; that others use it is waited for, but not for ever.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        # Two machines started at once: one migrates, the other finds it done.
        alone(connection)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
