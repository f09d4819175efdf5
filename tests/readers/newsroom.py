"""An office that publishes, corrects and withdraws, and its site served to readers' programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from channels.manuscript import Content, LivestreamRef
from channels.registry import CHANNELS
from hub import create_app, site
from hub.models import Account, Revision, Site
from hub.publishing.correcting import correct
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.publishing.withdrawing import withdraw
from hub.services import Services
from tests import nginx
from tests.fakes import EDITOR, later, make_services, sign_off, write

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class Asked:
    """One request, and how it was answered."""

    path: str
    headers: dict[str, str]
    status: int


@dataclass
class Newsroom:
    """Verbs in the order of a day: each takes an hour."""

    services: Services
    base: str
    asked: list[Asked] = field(default_factory=list)
    hour: float = 0

    def publish(self, title: str, body: str, stream: LivestreamRef | None = None) -> int:
        """A new interpretation on the site; its id."""
        return self._publish(self._write(Content(title=title, body=body, livestream=stream)))

    def put_out(self, content: Content) -> int:
        """Whatever content it is."""
        return self._publish(self._write(content))

    def publish_again(self, piece: int, title: str, body: str) -> None:
        """One that was taken down goes out again."""
        self._publish(self._write(Content(title=title, body=body), piece))

    def _publish(self, revision: int) -> int:
        with self.services.db.reading() as session:
            piece = session.get_one(Revision, revision).interpretation_id
            accounts = list(session.scalars(select(Account.id)))
        schedule(
            self.services, actor=EDITOR, revision_id=revision, account_ids=accounts, at=None, now=later(hours=self.hour)
        )
        self._work()
        return piece

    def correct(self, piece: int, title: str, body: str, reason: str, stream: LivestreamRef | None = None) -> None:
        """Put another text in its place."""
        revision = self._write(Content(title=title, body=body, livestream=stream), piece)
        now = later(hours=self.hour)
        correct(self.services, actor=EDITOR, interpretation_id=piece, revision_id=revision, reason=reason, now=now)
        self._work()

    def withdraw(self, piece: int, reason: str) -> None:
        """Take it down."""
        withdraw(self.services, actor=EDITOR, interpretation_id=piece, reason=reason, now=later(hours=self.hour))
        self._work()

    def _write(self, content: Content, piece: int | None = None) -> int:
        number = write(self.services, content.title, piece, signed=False)
        with self.services.db.writing() as session:
            row = session.get_one(Revision, number)
            row.content = content.model_dump(mode="json")
            row.content_hash = row.draft_hash = content.content_hash
            sign_off(session, row)
        return number

    def _work(self) -> None:
        now = later(hours=self.hour)
        release_due(self.services, now)
        drain(self.services, worker="w", now=lambda: now)
        site.catch_up(self.services)
        self.hour += 1

    def watched(self, app: WSGIApplication) -> WSGIApplication:
        """The application, with every request noted."""

        def told(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            headers = {
                name.removeprefix("HTTP_").replace("_", "-").lower(): value
                for name, value in environ.items()
                if name.startswith("HTTP_")
            }

            def begin(status: str, *rest: object) -> object:
                self.asked.append(Asked(environ["PATH_INFO"], headers, int(status.split(maxsplit=1)[0])))
                return start(status, *rest)  # type: ignore[arg-type]

            return app(environ, begin)  # type: ignore[arg-type]

        return told


@contextmanager
def newsroom(folder: Path, *, before: bool = False) -> Iterator[Newsroom]:
    """An office with the channels that stand on the site, and its site at an address of this machine; with `before`
    nginx stands before it, and only what nginx hands on is noted.
    """
    here = [channel for channel in CHANNELS.values() if hasattr(channel, "item")]
    services = make_services(folder / "var", *here)
    made = Newsroom(services, "")
    app = create_app(services)
    app.wsgi_app = made.watched(app.wsgi_app)  # type: ignore[method-assign]
    with ExitStack() as stack:
        port = stack.enter_context(nginx.web(app))
        if before:
            root = services.config.site_folder / "main"
            root.mkdir(parents=True)
            front = nginx.nginx(folder / "nginx", root=root, base="http://127.0.0.1/", websub="", upstream=port)
            port = stack.enter_context(front)
        made.base = f"http://127.0.0.1:{port}/"
        with services.db.writing() as session:
            for row in session.scalars(select(Site)):
                row.base_url = made.base
        yield made
    services.db.close()
