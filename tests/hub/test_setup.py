"""The first start and the ones after it."""

from __future__ import annotations

import stat
from datetime import datetime

from alembic import command
from argon2 import PasswordHasher
from sqlalchemy import func, select

from hub.db import make_engine
from hub.migrations import settings, upgrade
from hub.models import Account, Area, Policy, Site, User
from hub.services import Services
from hub.setup import FIRST_SIGN_IN, first_sign_in, make_ready, sample_contents


def test_the_sample_office_is_loaded_once_and_kept(services: Services, now: datetime) -> None:
    assert make_ready(services, sample=True, now=now).first
    assert not make_ready(services, sample=True, now=now).first
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Site)) == 1
        levels = set(session.scalars(select(Area.level)))
        validities = set(session.scalars(select(Policy.validity)))
    assert levels == {"city", "district", "town", "village"}
    assert {"in_force", "amended", "not_yet"} <= validities


def test_without_the_sample_there_is_one_account_a_channel(services: Services, now: datetime) -> None:
    make_ready(services, sample=False, now=now)
    with services.db.reading() as session:
        channels = sorted(session.scalars(select(Account.channel)))
    assert channels == sorted(services.channels)


def test_the_first_password_works_and_is_for_the_operators_eyes_only(services: Services, now: datetime) -> None:
    make_ready(services, sample=True, now=now)
    found = first_sign_in(services.config.data)
    assert found is not None
    login, password = found
    with services.db.reading() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
    assert PasswordHasher().verify(user.password_hash, password)
    assert stat.S_IMODE((services.config.data / FIRST_SIGN_IN).stat().st_mode) == 0o600


def test_account_settings_of_the_samples_fit_their_channels(services: Services, now: datetime) -> None:
    for sample in (True, False):
        fresh = Services(services.config.model_copy(update={"data": services.config.data / str(sample)}))
        make_ready(fresh, sample=sample, now=now)
        with fresh.db.reading() as session:
            for account in session.scalars(select(Account)):
                fresh.settings(account.channel, account.settings)
        fresh.db.close()


def test_the_sample_has_three_interpretations_of_three_forms_and_one_livestream() -> None:
    contents = sample_contents()
    assert sorted(c.form.value for c in contents) == ["infographic", "qa", "text"]
    assert [c.livestream is not None for c in contents].count(True) == 1


def test_migrations_make_exactly_the_models_tables(tmp_path: object) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/m.db")
    upgrade(engine)
    command.check(settings(engine))
    engine.dispose()
