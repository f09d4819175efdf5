"""Sealing the secrets of all accounts anew, with the newest key."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.account_settings import is_sealed, reseal_all
from hub.models import Account
from hub.services import Services


def reseal(session: Session, services: Services) -> int:
    """Seal every account's secrets with the newest key; returns how many were sealed anew. One that no key opens stays
    as it is: it is lost already, and its account's page says so.
    """
    count = 0
    # Locked, so that a secret that somebody is saving with the older key is not overlooked.
    for account in session.scalars(select(Account).order_by(Account.id).with_for_update()):
        if not any(is_sealed(value) for value in account.settings.values()):
            continue
        settings, sealed = reseal_all(services.box, account.channel, account.settings)
        if sealed:
            account.settings = settings
            count += sealed
    return count
