"""Backup and restore: the rows of one moment and every artefact, in one file that any database takes back."""

from __future__ import annotations

from hub.backup.progress import Progress
from hub.backup.reading import verify
from hub.backup.restoring import Restored, restore
from hub.backup.writing import Made, backup

__all__ = ["Made", "Progress", "Restored", "backup", "restore", "verify"]
