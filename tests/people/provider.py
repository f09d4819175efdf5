"""A small OpenID Connect provider as a process of its own: `python -m tests.people.provider PORT CLIENT SECRET`.

It signs in whoever `/as` names last, without asking; `/wrong` makes its next ID token wrong in one way.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import time
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey


def create(port: int, client: str, secret: str) -> Flask:
    """The provider."""
    app = Flask("provider")
    issuer = f"http://127.0.0.1:{port}"
    key = RSAKey.generate_key(2048, parameters={"kid": "k1", "use": "sig", "alg": "RS256"})
    other = RSAKey.generate_key(2048, parameters={"kid": "k1"})
    claims: dict[str, Any] = {}
    codes: dict[str, dict[str, str]] = {}
    wrong: list[str] = []

    @app.post("/as")
    def as_() -> str:
        claims.clear()
        claims.update(request.get_json())
        return "ok"

    @app.post("/wrong")
    def make_wrong() -> str:
        wrong[:] = [request.get_data(as_text=True)]
        return "ok"

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        return jsonify(
            issuer=issuer,
            authorization_endpoint=f"{issuer}/authorize",
            token_endpoint=f"{issuer}/token",
            jwks_uri=f"{issuer}/keys",
        )

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(keys=[key.as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> Any:
        asked = request.args
        assert asked["client_id"] == client
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(codes)}"
        codes[code] = dict(asked)
        return redirect(f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

    @app.post("/token")
    def token() -> Any:
        asked = codes.pop(request.form["code"], None)
        verifier = request.form["code_verifier"].encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        # RFC 6749, 2.3.1: both are encoded as in a form first.
        basic = base64.b64encode(f"{quote(client, safe='')}:{quote(secret, safe='')}".encode()).decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != request.form["redirect_uri"]
            or request.headers.get("Authorization") != f"Basic {basic}"
        ):
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        said = {"iss": issuer, "aud": client, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **claims}
        how = wrong.pop() if wrong else ""
        said |= {"nonce": {"nonce": "x"}, "aud": {"aud": "somebody"}, "iss": {"iss": "https://evil.example"},
                 "exp": {"exp": now - 3600}}.get(how, {})  # fmt: skip
        signer = other if how == "key" else key
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, said, signer)
        if how == "none":
            parts = [json.dumps(p).encode() for p in ({"alg": "none"}, said)]
            signed = ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts) + "."
        return jsonify(access_token="a", token_type="Bearer", id_token=signed)

    return app


if __name__ == "__main__":
    create(int(sys.argv[1]), sys.argv[2], sys.argv[3]).run("127.0.0.1", int(sys.argv[1]))
