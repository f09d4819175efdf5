"""The sample office's site, published once for all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hub.config import Config
from hub.models import Site
from hub.services import Services
from hub.setup import make_ready
from tests.browser.house import House
from tests.site.crawling import Whole


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The site with every sample on it."""
    services = Services(Config(data=tmp_path_factory.mktemp("whole") / "var"))
    ready = make_ready(services, sample=True, now=datetime.now(UTC))
    house = House(services.config.address, "", "", services, ready.office_id)
    house.publish_samples()
    house.work()
    with services.db.reading() as session:
        key, base = session.execute(select(Site.key, Site.base_url)).one()
    yield Whole(services.config.site_folder / key, base)
    services.db.close()
