"""What every process of an installation holds: settings, database, artefact store. Opened once, passed down."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from channels.base import Channel
from channels.far import FarEnd
from channels.registry import CHANNELS
from hub.account_settings import opened, secret_names, without_values
from hub.artefacts import ArtefactStore
from hub.config import Config
from hub.db import Database
from hub.fetching import Fetcher
from hub.lines import JudgedTransport
from hub.memory import DatabaseMemory
from hub.outlets import Outlet, outlet_of
from hub.secretbox import SecretBox


@dataclass(frozen=True)
class Services:
    """The composition of one process. Tests pass their own channels."""

    config: Config
    channels: dict[str, Channel] = field(default_factory=lambda: CHANNELS)

    @cached_property
    def db(self) -> Database:
        """The database, connected at first use."""
        return Database(self.config.database)

    @cached_property
    def artefacts(self) -> ArtefactStore:
        """The artefact store in the data folder."""
        return ArtefactStore(self.config.artefact_folder)

    @cached_property
    def previews(self) -> ArtefactStore:
        """Artefacts that are only looked at; the clock forgets them after a day."""
        return ArtefactStore(self.config.data / "previews", durable=False)

    @cached_property
    def box(self) -> SecretBox:
        """What seals the secrets in the database."""
        return SecretBox(self.config.data)

    @cached_property
    def memory(self) -> DatabaseMemory:
        """What channels that talk to a platform remember."""
        return DatabaseMemory(self.db, self.box)

    @cached_property
    def far_end(self) -> FarEnd:
        """What channels that talk to a platform share."""
        fetcher = Fetcher(internal=self.config.named_hosts)
        return FarEnd(self.memory, lambda: JudgedTransport(fetcher))

    def outlet(self, key: str) -> Outlet:
        """Where the files of the site `key` go."""
        return outlet_of(self.config, key)

    def rendered(self, sha256: str) -> bytes:
        """A blob of either store. Raises FileNotFoundError when it is in neither, ValueError for what is no hash."""
        kept = self.artefacts.path(sha256)
        return (kept if kept.exists() else self.previews.path(sha256)).read_bytes()

    def settings(self, channel: str, stored: dict[str, Any]) -> Any:
        """An account's settings, its secrets opened, validated by its channel and anchored in this installation's
        outbox.

        Raises pydantic.ValidationError, in which no value stands, when they no longer fit the channel, or when a secret
        can't be opened with this installation's keys.
        """
        model = self.channels[channel].Settings
        values = opened(self.box, channel, stored)
        try:
            return model.model_validate(values, context={"outbox": self.config.outbox, "far_end": self.far_end})
        except ValidationError as error:
            raise without_values(error, [values.get(name) for name in secret_names(model)]) from None
