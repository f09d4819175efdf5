"""The same machine over PostgreSQL, with fewer examples: what differs there is the locks, not the verbs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from hypothesis import Phase, settings

from tests import postgres
from tests.fakes import make_services
from tests.publishing.test_machine import Machine


class MachineOnPostgreSQL(Machine):
    """Any order of verbs, crashes and lost answers, where rows are locked one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.services.db.close()
        channels = self.services.channels.values()
        self.stack = ExitStack()
        address = self.stack.enter_context(postgres.server().database())
        self.services = make_services(Path(self.folder.name) / "here", *channels, database_url=address)

    def teardown(self) -> None:
        with self.stack:
            super().teardown()


TestMachineOnPostgreSQL = MachineOnPostgreSQL.TestCase
TestMachineOnPostgreSQL.settings = settings(
    Machine.TestCase.settings,
    max_examples=4,
    stateful_step_count=15,
    # The same machine on SQLite makes a failure short; here that would take minutes.
    phases=[Phase.generate],
)
