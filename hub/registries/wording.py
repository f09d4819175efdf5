"""词语: an office's own words and its leaders' names: kept, changed, removed, taken from a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Finding
from channels.words import Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Leader, OfficeWord
from hub.permissions import require, require_before
from hub.registries.forms import WrongFieldsError, mistake, one_line
from hub.registries.sheets import read_sheet, write_sheet
from hub.services import Services
from hub.trail import event_of, note, note_all
from hub.workflow import Actor

KINDS = {"wrong": Words("错误用词", "wrong word"), "sensitive": Words("敏感用词", "sensitive word")}
HEADINGS = {"wrong": "词语", "suggested": "建议", "why": "原因", "source": "出处", "kind": "类别"}
LENGTHS = {"wrong": 60, "suggested": 60, "why": 500, "source": 200}
LABELS = {words.zh: key for key, words in KINDS.items()}


@dataclass(frozen=True)
class Entry:
    """A word of the table: what is not to be written, what instead, why, and who says so."""

    wrong: str
    suggested: str = ""
    why: str = ""
    source: str = ""
    kind: str = "wrong"


def findings(entry: Entry) -> list[Finding]:
    """What is wrong with an entry by itself; each at its field."""
    return list(_findings(entry))


def _findings(entry: Entry) -> Iterator[Finding]:
    if not entry.wrong:
        yield mistake("WRD-111", "wrong", "没有写词语。", "The word is missing.")
    for name, most in LENGTHS.items():
        if len(getattr(entry, name)) > most:
            yield mistake("WRD-112", name, f"超过 {most} 字。", f"Longer than {most} characters.")
    if entry.wrong and entry.suggested == entry.wrong:
        yield mistake("WRD-113", "suggested", "建议和原词一样。", "The suggestion is the word itself.")
    if len(entry.wrong) == 1:
        advice = Words("单字会处处误报，请写完整的词。", "One character is found everywhere; write the whole word.")
        yield mistake("WRD-114", "wrong", "词语至少两个字。", "A word has two characters at least.", advice)


def keep(services: Services, *, actor: Actor, office_id: int, entry: Entry, word_id: int | None, now: datetime) -> int:
    """Keep a new word, or change the one with this id. Raises WrongFieldsError, also for a word that is there already
    (WRD-110); Refusal (WRD-404).
    """
    entry = _tidy(entry)
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        found = findings(entry)
        same = (OfficeWord.office_id == office_id, OfficeWord.wrong == entry.wrong)
        if any(id_ != word_id for id_ in session.scalars(select(OfficeWord.id).where(*same))):
            found.append(
                mistake("WRD-110", "wrong", f"“{entry.wrong}”已在表里。", f"“{entry.wrong}” is there already.")
            )
        if found:
            raise WrongFieldsError(found)
        row = OfficeWord(office_id=office_id) if word_id is None else _word(session, office_id, word_id)
        before = {name: getattr(row, name) for name in HEADINGS} if word_id is not None else None
        for name, value in asdict(entry).items():
            setattr(row, name, value)
        session.add(row)
        session.flush()
        kind = "word.added" if before is None else "word.changed"
        note(session, actor=actor, kind=kind, subject=row, now=now, before=before, after=asdict(entry))
        return row.id


def remove(services: Services, *, actor: Actor, office_id: int, word_id: int, now: datetime) -> Entry:
    """Take a word out of the table; returns what it said, so that it can be put back. Raises Refusal (WRD-404)."""
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        row = _word(session, office_id, word_id)
        entry = Entry(**{name: getattr(row, name) for name in HEADINGS})
        note(session, actor=actor, kind="word.removed", subject=row, now=now, before=asdict(entry))
        session.delete(row)
        return entry


def keep_leader(services: Services, *, actor: Actor, office_id: int, name: str, title: str, now: datetime) -> None:
    """Note the title that a leader's name is written with; an empty one takes the name out. Raises WrongFieldsError."""
    name, title = one_line(name), one_line(title)
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        if not name or len(name) > 60 or len(title) > 200:
            raise WrongFieldsError([mistake("WRD-120", "leader", "请写姓名和职务。", "Give the name and the title.")])
        row = session.scalars(select(Leader).where(Leader.office_id == office_id, Leader.name == name)).first()
        # The trail names no person beyond those who act: only the title is in it.
        before = {"title": row.title} if row else None
        if row is None:
            row = Leader(office_id=office_id, name=name, title=title)
            session.add(row)
        row.title = title
        session.flush()
        after = {"title": title} if title else None
        note(session, actor=actor, kind="leader.changed", subject=row, now=now, before=before, after=after)
        if not title:
            session.delete(row)


def take(services: Services, *, actor: Actor, office_id: int, data: bytes, now: datetime) -> tuple[int, list[str]]:
    """Words from a table: how many are new or changed, and a sentence for each row that is wrong and left out."""
    require_before(services.db, actor, Right.MANAGE, office_id)
    rows = read_sheet(data, HEADINGS)
    with services.db.writing() as session:
        require(session, actor, Right.MANAGE, office_id)
        known = {w.wrong: w for w in session.scalars(select(OfficeWord).where(OfficeWord.office_id == office_id))}
        taken, wrong = [], []
        for n, row in enumerate(rows, start=2):
            kind = LABELS.get(row.get("kind", ""), row.get("kind", ""))
            entry = _tidy(Entry(**{k: row.get(k, "") for k in LENGTHS}, kind=kind if kind in KINDS else "wrong"))
            if found := findings(entry):
                wrong.append(f"{n}: {found[0].code} {found[0].sentence.zh}")
                continue
            word = known.setdefault(entry.wrong, OfficeWord(office_id=office_id))
            if all(getattr(word, name) == value for name, value in asdict(entry).items()):
                continue
            for name, value in asdict(entry).items():
                setattr(word, name, value)
            session.add(word)
            taken.append((word, entry))
        session.flush()
        note_all(session, [event_of(actor, "word.imported", w, now, after=asdict(e)) for w, e in taken])
        return len(taken), wrong


def sheet(session: Session, office_id: int) -> bytes:
    """The table as a CSV that can be taken back in."""
    rows = session.scalars(select(OfficeWord).where(OfficeWord.office_id == office_id).order_by(OfficeWord.id))
    return write_sheet(
        list(HEADINGS.values()), ([w.wrong, w.suggested, w.why, w.source, KINDS[w.kind].zh] for w in rows)
    )


def _tidy(entry: Entry) -> Entry:
    texts = {name: one_line(getattr(entry, name)) for name in LENGTHS}
    return Entry(**texts, kind=entry.kind if entry.kind in KINDS else "wrong")


def _word(session: Session, office_id: int, word_id: int) -> OfficeWord:
    row = session.get(OfficeWord, word_id)
    if row is None or row.office_id != office_id:
        raise Refusal("WRD-404", Words("表里没有这个词。", "There is no such word."))
    return row
