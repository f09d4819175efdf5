"""统一身份认证: signing in by an outside service (OpenID Connect, authorization code with PKCE).

The service says who somebody is, never what they may: it makes no user and gives no role. A person is known by the
service's own name for them (`sub`); the first time by a verified e-mail address, or by the claim that the installation
says is a login here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.claims import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.config import Config
from hub.domain.refusals import Refusal
from hub.fetching import Fetcher
from hub.models import Identity, User
from hub.services import Services
from hub.trail import note
from hub.workflow import Actor

# Asymmetric ones only: with HS256 whoever knows the client secret could sign, and "none" is nobody's signature.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
LEEWAY = 60
SCOPE = "openid email profile"


@dataclass(frozen=True)
class Trip:
    """What is kept in the browser's session between leaving for the service and coming back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Outside:
    """The service that the settings name."""

    config: Config
    fetcher: Fetcher

    @classmethod
    def of(cls, config: Config) -> Outside:
        """The service. Its host may be an internal one only where the settings say so."""
        host = (urlsplit(config.oidc_issuer).hostname or "").lower()
        return cls(config, Fetcher(internal=frozenset({host} if config.oidc_internal else ())))

    @property
    def back(self) -> str:
        """Where the service sends people back to; it must be registered there."""
        return f"{self.config.address}console/sign-in/back"

    def leave(self, trip: Trip) -> str:
        """The address to send the browser to. Raises Refusal when the service can't be asked."""
        address: str = prepare_grant_uri(
            _text(self._found(), "authorization_endpoint"),
            self.config.oidc_client_id,
            "code",
            redirect_uri=self.back,
            scope=SCOPE,
            state=trip.state,
            nonce=trip.nonce,
            code_challenge=create_s256_code_challenge(trip.verifier),
            code_challenge_method="S256",
        )
        return address

    def claims(self, code: str, trip: Trip) -> Mapping[str, Any]:
        """What the service says of the person, verified. Raises Refusal."""
        found = self._found()
        token = self._exchanged(found, code, trip)
        keys = self._json(_text(found, "jwks_uri"))
        # Many kinds of errors, one meaning: it is not what the service signed for us, now, for this sign-in.
        try:
            read = jwt.decode(token, KeySet.import_key_set(cast(Any, keys)), algorithms=ALGORITHMS)
            options = {
                "iss": {"essential": True, "value": self.config.oidc_issuer},
                "aud": {"essential": True, "value": self.config.oidc_client_id},
            }
            claims = CodeIDToken(
                read.claims, read.header, options, {"nonce": trip.nonce, "client_id": self.config.oidc_client_id}
            )
            claims.validate(leeway=LEEWAY)
        except Exception as error:
            raise _refused("SIG-403", "认证结果未通过核对", "its answer did not verify") from error
        return dict(claims)

    def _found(self) -> dict[str, Any]:
        issuer = self.config.oidc_issuer
        found = self._json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise _refused("SIG-402", "它自称是另一个服务", "it says that it is another one")
        return found

    def _exchanged(self, found: dict[str, Any], code: str, trip: Trip) -> str:
        config = self.config
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "client_id": config.oidc_client_id,
            "code_verifier": trip.verifier,
        }
        headers = {"Accept": "application/json"}
        if config.oidc_client_secret:
            pair = f"{quote(config.oidc_client_id, safe='')}:{quote(config.oidc_client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        answer = self.fetcher.post(_text(found, "token_endpoint"), data, headers)
        if answer.status != 200:
            raise _refused("SIG-403", "它没有认可这次登录", "it did not vouch for this sign-in")
        return _text(_object(answer.body), "id_token")

    def _json(self, url: str) -> dict[str, Any]:
        answer = self.fetcher.get(url, {"Accept": "application/json"})
        if answer.status != 200:
            raise _refused("SIG-402", f"它回答 {answer.status}", f"it answers {answer.status}")
        return _object(answer.body)


def user_of(services: Services, claims: Mapping[str, Any], now: datetime) -> int:
    """The id of the active user whom the claims name; noted for the next time. Raises Refusal for nobody."""
    config = services.config
    issuer, subject = config.oidc_issuer, str(claims["sub"])[:255]
    with services.db.writing() as session:
        known = session.scalars(
            select(User)
            .join(Identity, Identity.user_id == User.id)
            .where(Identity.issuer == issuer, Identity.subject == subject)
        ).first()
        user = known or _by_claims(session, config, claims)
        if user is None or not user.active:
            raise Refusal(
                "SIG-404",
                Words(
                    f"{config.oidc_name}里的这个身份没有对应的一稿用户。", "No user of Yigao belongs to that identity."
                ),
                Words(
                    "请管理员创建用户，并填写相同的工作邮箱或用户名。",
                    "An administrator can make one, with the same address or login.",
                ),
            )
        if known is None:
            session.add(Identity(user_id=user.id, issuer=issuer, subject=subject, created_at=now))
            actor = Actor(f"user:{user.id}", user.id)
            note(session, actor=actor, kind="user.identity-linked", subject=user, now=now, after={"issuer": issuer})
        return user.id


def _by_claims(session: Session, config: Config, claims: Mapping[str, Any]) -> User | None:
    email, verified = str(claims.get("email") or "").strip().lower(), claims.get("email_verified")
    ways = []
    if email and verified is True:
        ways.append(User.email == email)
    if config.oidc_login_claim and claims.get(config.oidc_login_claim):
        ways.append(User.login == str(claims[config.oidc_login_claim]).strip().lower())
    for way in ways:
        users = session.scalars(select(User).where(way, User.active).limit(2)).all()
        # Whoever is known there by another name already is not taken over by a name that was given anew.
        linked = select(Identity.id).where(
            Identity.issuer == config.oidc_issuer, Identity.user_id.in_([u.id for u in users])
        )
        if len(users) == 1 and session.scalars(linked).first() is None:
            return users[0]
    return None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _refused("SIG-402", "它的回答无法识别", "its answer can't be read")
    return found


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise _refused("SIG-402", f"它的回答缺少 {name}", f"its answer lacks {name}")
    return value


def _refused(code: str, zh: str, en: str) -> Refusal:
    return Refusal(
        code,
        Words(f"统一身份认证没有成功：{zh}。", f"The outside sign-in failed: {en}."),
        Words("请重试，或用一稿的用户名和密码登录。", "Try again, or sign in with your login and password."),
    )
