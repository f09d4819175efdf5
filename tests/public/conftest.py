"""A public site of two hosts, served by the hub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub import create_app
from hub.models import Site
from hub.outlets import Folder
from hub.services import Services
from tests.fakes import Plain, make_services
from tests.public.site import FILES


class Reading(FlaskClient):
    """Reads each answer to its end, so that its file is closed."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{**kwargs, "buffered": True})


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = make_site(tmp_path / "var")
    yield made
    made.db.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """One for all tests of a module that change nothing they share."""
    made = make_site(tmp_path_factory.mktemp("site") / "var")
    yield made
    made.db.close()


def make_site(data: Path) -> Services:
    made = make_services(data, Plain())
    with made.db.writing() as session:
        session.add(
            Site(
                key="town",
                name="镇",
                domain="town.example",
                id_code="0000000000",
                base_url="https://town.example/",
                tag_date=date(2026, 1, 1),
            )
        )
    folder = Folder(made.config.site_folder / "main")
    for path, text in FILES.items():
        folder.write(path, text, "")
    Folder(made.config.site_folder / "town").write("index.html", "镇首页".encode(), "")
    (made.config.site_folder / "secret.txt").write_text("out of reach")
    return made


@pytest.fixture
def folder(services: Services) -> Folder:
    return Folder(services.config.site_folder / "main")


@pytest.fixture
def client(services: Services) -> FlaskClient:
    app = create_app(services)
    app.test_client_class = Reading
    return app.test_client()
