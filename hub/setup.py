"""The first start: folders, schema, and the office an installation begins with (data in `hub/samples/`)."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.manuscript import Content
from hub.db import alone
from hub.domain.roles import Role
from hub.editorial.front_matter import read_draft
from hub.migrations import upgrade
from hub.models import Account, Area, Column, Grant, Interpreter, Office, Policy, Site, User
from hub.people.passwords import hashed
from hub.services import Services

SAMPLES = Path(__file__).parent / "samples"
FIRST_SIGN_IN = "first-sign-in.txt"


@dataclass(frozen=True)
class Ready:
    """What a start found or made. `first` is true when the office was loaded just now."""

    office_id: int
    first: bool


def make_ready(services: Services, *, sample: bool, now: datetime) -> Ready:
    """Make the folders, bring the schema up to date, and load the first office unless there is one.

    The editor's first password is made here and written to `first-sign-in.txt` in the data folder (mode 0600).
    """
    config = services.config
    for folder in (config.data, config.site_folder, config.artefact_folder, config.outbox):
        folder.mkdir(parents=True, exist_ok=True)
    upgrade(services.db.engine)
    with services.db.writing() as session:
        # Two machines started at once load one office.
        alone(session.connection())
        office = session.scalars(select(Office).order_by(Office.id)).first()
        if office is not None:
            return Ready(office.id, first=False)
        data = tomllib.loads((SAMPLES / ("sample.toml" if sample else "default.toml")).read_text(encoding="utf-8"))
        passwords = {user["login"]: secrets.token_urlsafe(9) for user in data["users"]}
        office_id = _Loader(session, config.address, now).load(data, passwords)
        _write_sign_in(config.data / FIRST_SIGN_IN, passwords)
    return Ready(office_id, first=True)


def sample_contents() -> Sequence[Content]:
    """The sample's interpretations, in the order in which they are published."""
    return [read_draft(path).content for path in sorted(SAMPLES.glob("*.md"))]


def first_sign_in(data: Path) -> tuple[str, str] | None:
    """The first sign-in (login, password) while its file is still there."""
    path = data / FIRST_SIGN_IN
    if not path.is_file():
        return None
    login, _, password = path.read_text(encoding="utf-8").splitlines()[0].partition(" ")
    return login, password


def _write_sign_in(path: Path, passwords: dict[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{login} {password}\n" for login, password in passwords.items()), encoding="utf-8")


class _Loader:
    """Loads an office file; tables refer to each other by `key`."""

    def __init__(self, session: Session, address: str, now: datetime) -> None:
        self.session = session
        self.address = address
        self.now = now
        self.rows: dict[tuple[str, str], Any] = {}

    def load(self, data: dict[str, Any], passwords: dict[str, str]) -> int:
        """Load all tables; returns the id of the first office."""
        self._add("site", data["site"], Site(base_url=self.address, **data["site"]))
        for name, make in (
            ("areas", self._area),
            ("offices", self._office),
            ("columns", self._column),
            ("accounts", self._account),
            ("interpreters", self._interpreter),
            ("policies", self._policy),
        ):
            for table in data.get(name, []):
                self._add(name, table, make(dict(table)))
        for table in data["users"]:
            self._add("users", table, self._user(dict(table), passwords[table["login"]]))
        first: Office = self.rows["offices", data["offices"][0]["key"]]
        return first.id

    def _add(self, name: str, table: dict[str, Any], row: Any) -> None:
        self.session.add(row)
        self.session.flush()
        self.rows[name, table["key"]] = row

    def _id(self, name: str, table: dict[str, Any], field: str) -> int | None:
        key = table.pop(field, None)
        return self.rows[name, key].id if key else None

    def _area(self, table: dict[str, Any]) -> Area:
        return Area(name=table["name"], level=table["level"], parent_id=self._id("areas", table, "parent"))

    def _office(self, table: dict[str, Any]) -> Office:
        return Office(
            name=table["name"],
            zone=table["zone"],
            area_id=self._id("areas", table, "area"),
            site_id=self._id("site", table, "site"),
        )

    def _column(self, table: dict[str, Any]) -> Column:
        table.pop("key")
        return Column(site_id=self._id("site", table, "site"), **table)

    def _account(self, table: dict[str, Any]) -> Account:
        return Account(
            channel=table["channel"],
            name=table["name"],
            settings=table["settings"],
            office_id=self._id("offices", table, "office"),
            area_id=self._id("areas", table, "area"),
        )

    def _interpreter(self, table: dict[str, Any]) -> Interpreter:
        table.pop("key")
        return Interpreter(office_id=self._id("offices", table, "office"), **table)

    def _policy(self, table: dict[str, Any]) -> Policy:
        table.pop("key")
        office_id = self._id("offices", table, "office")
        return Policy(office_id=office_id, replaced_by_id=self._id("policies", table, "replaced_by"), **table)

    def _user(self, table: dict[str, Any], password: str) -> User:
        user = User(
            login=table["login"],
            name=table["name"],
            office_id=self._id("offices", table, "office"),
            password_hash=hashed(password),
            created_at=self.now,
        )
        self.session.add(user)
        self.session.flush()
        for role in table["roles"]:
            # "reviewer:first" may sign the first review only.
            name, _, level = role.partition(":")
            # "administrator@jinxi" holds for that area and all below it, not for the office alone.
            name, _, area = name.partition("@")
            area_id = self.rows["areas", area].id if area else None
            place = {"area_id": area_id} if area_id else {"office_id": user.office_id}
            self.session.add(Grant(user_id=user.id, role=Role(name), level=level, **place))
        return user
