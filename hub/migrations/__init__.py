"""Schema migrations, from the first table on."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Engine


def settings(engine: Engine | None = None) -> AlembicConfig:
    """Alembic's configuration; no ini file, the scripts are found beside this module."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision. Does nothing when it is there already."""
    command.upgrade(settings(engine), "head")
