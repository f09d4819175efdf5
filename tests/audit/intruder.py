"""Somebody with the database in hand: every way of changing the trail, and what verifying has to answer to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from hub.services import Services
from tests.audit.trails import WAY, deliver, execute, rows, seal_all, unguard

TABLES = ("moves", "seals", "deliveries")
DELIVERIES = 3
LENGTH = DELIVERIES * len(WAY)
Answer = tuple[str, int | None]

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
NUMBERS = st.integers(-5, 2**31 - 1)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
INSTANTS = st.datetimes().map(lambda at: f"{at:%H:%M:%S.%f}").map(lambda time: f"2026-05-04 {time}")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": st.integers(1000, 2**31 - 1),
    "delivery_id": NUMBERS,
    "at": INSTANTS,
    "source": st.sampled_from([None, *WAY, "cancelled", "x"]),
    "target": st.sampled_from([*WAY, "cancelled", "x"]),
    "version": NUMBERS,
    "attempt": NUMBERS,
    "actor": TEXTS,
    "user_id": st.one_of(st.none(), NUMBERS),
    "revision_hash": DIGESTS,
    "reason": TEXTS,
    "said": st.sampled_from([None, "{}", '{"code": "FAK-102"}', '{"code": "FAK-101", "zh": "", "en": "No answer."}']),
}
POSITIONS = st.integers(1, LENGTH)


def prepare(services: Services) -> None:
    """A sealed trail without guards, and a copy to come back to. A move's position is also its id."""
    deliver(services, DELIVERIES)
    seal_all(services)
    unguard(services)
    for table in TABLES:
        execute(services, f"CREATE TABLE {table}_kept AS SELECT * FROM {table}")  # noqa: S608 (our own names)


def restore(services: Services) -> None:
    """Undo whatever was done."""
    both = [(f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM {table}_kept") for table in TABLES]  # noqa: S608
    if services.db.engine.dialect.name == "postgresql":
        execute(services, "SET session_replication_role = replica", *(one for pair in both for one in pair))
    else:
        execute(services, *(one for pair in both for one in pair))


class Intruder:
    """Each method does one thing to the trail and returns the code and the position that must be named first."""

    def __init__(self, services: Services, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.services, self.draw = services, draw
        self.position: int = draw(POSITIONS)

    def _do(self, statement: str, **values: Any) -> None:
        execute(self.services, statement, n=self.position, **values)

    def changes(self, column: str) -> Answer | None:
        """Changes a column of a move; None when by chance it is what it was."""
        kind = {"at": "timestamptz", "said": "json"}.get(column)
        value = ":value" if kind is None or self._lite else f"CAST(:value AS {kind})"
        before = self._row()
        self._do(f"UPDATE moves SET {column} = {value} WHERE id = :n", value=self.draw(VALUES[column]))  # noqa: S608
        if column == "id":
            return "AUD-202", self.position
        return None if self._row() == before else ("AUD-201", self.position)

    def deletes_a_move(self) -> Answer:
        self._do("DELETE FROM moves WHERE id = :n")
        return "AUD-202", self.position

    def changes_the_hash_of_a_seal(self) -> Answer:
        self._do("UPDATE seals SET hash = :digest WHERE position = :n", digest=self.draw(DIGESTS))
        return "AUD-201", self.position

    def turns_a_seal_to_another_move(self) -> Answer:
        self._do("UPDATE seals SET move_id = :move WHERE position = :n", move=self.draw(st.integers(1000, 9999)))
        return "AUD-202", self.position

    def puts_a_seal_behind_the_end(self) -> Answer:
        to = self.draw(st.integers(LENGTH + 1, LENGTH + 99))
        self._do("UPDATE seals SET position = :to WHERE position = :n", to=to)
        return "AUD-203", self.position

    def puts_a_seal_before_the_beginning(self) -> Answer:
        to = self.draw(st.integers(-99, 0))
        self._do("UPDATE seals SET position = :to WHERE position = :n", to=to)
        return "AUD-204", to

    def deletes_a_seal(self) -> Answer:
        self._do("DELETE FROM seals WHERE position = :n")
        # Of the last one only the noted head knows.
        return ("AUD-203" if self.position < LENGTH else "AUD-205"), self.position

    def inserts_a_seal(self) -> Answer:
        at = self.draw(st.sampled_from([-1, 0, LENGTH + 1]))
        self._do(
            "INSERT INTO seals (position, move_id, subject, hash) VALUES (:at, 5000, 'moves', :digest)",
            at=at,
            digest=self.draw(DIGESTS),
        )
        return ("AUD-202" if at > 0 else "AUD-204"), at

    def inserts_a_move(self) -> Answer:
        columns = ", ".join(name for name in COLUMNS if name != "id")
        self._do(f"INSERT INTO moves (id, {columns}) SELECT 5000, {columns} FROM moves WHERE id = :n")  # noqa: S608
        return "AUD-211", None

    def inserts_a_move_and_its_seal(self) -> Answer:
        self.inserts_a_move()
        self._do(
            "INSERT INTO seals (position, move_id, subject, hash) VALUES (:at, 5000, 'moves', :digest)",
            at=LENGTH + 1,
            digest=self.draw(DIGESTS),
        )
        return "AUD-201", LENGTH + 1

    def swaps_two_moves(self) -> Answer:
        return self._swap("moves", "id", "AUD-201")

    def swaps_two_seals(self) -> Answer:
        return self._swap("seals", self.draw(st.sampled_from(["position", "move_id"])), "AUD-201")

    def cuts_off_the_end_of_both(self) -> Answer:
        self._do("DELETE FROM seals WHERE position >= :n")
        self._do("DELETE FROM moves WHERE id >= :n")
        return "AUD-205", self.position

    def rewrites_the_chain(self) -> Answer:
        """Changes a move and seals everything anew, which takes no secret: only the noted heads tell."""
        self._do("UPDATE moves SET reason = 'another' WHERE id = :n")
        self._do("DELETE FROM seals")
        seal_all(self.services)
        return "AUD-206", LENGTH

    def _swap(self, table: str, column: str, code: str) -> Answer:
        other = self.draw(POSITIONS.filter(lambda number: number != self.position))
        for old, new in ((self.position, -1), (other, self.position), (-1, other)):
            statement = f"UPDATE {table} SET {column} = :new WHERE {column} = :old"  # noqa: S608
            self._do(statement, old=old, new=new)
        return code, min(self.position, other)

    @property
    def _lite(self) -> bool:
        return self.services.db.engine.dialect.name == "sqlite"

    def _row(self) -> list[Any]:
        kept = "SELECT *, CAST(said AS TEXT) AS words FROM moves WHERE id = "
        return [
            {k: v for k, v in row._mapping.items() if k != "said"}
            for row in rows(self.services, kept + f"{self.position}")
        ]


COLUMNS = list(VALUES)
WAYS = [name for name in vars(Intruder) if not name.startswith("_") and name != "changes"]
