"""A small OpenID provider over local HTTP: discovery, keys, code flow with signed tokens, end of session."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class Provider(ThreadingHTTPServer):
    """Signs in whoever ``claims`` names, without asking."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.key = RSAKey.generate_key(2048, parameters={"kid": "test", "alg": "RS256", "use": "sig"})
        self.issuer = f"http://localhost:{self.server_address[1]}"
        self.claims = {"sub": "1", "email": "mina@example.com", "email_verified": True, "name": "Mina Example"}
        self.nonces = {}
        self.ended = 0


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        asked = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(asked.query).items()}
        if asked.path == "/.well-known/openid-configuration":
            self.answer(self.metadata())
        elif asked.path == "/keys":
            self.answer({"keys": [self.server.key.as_dict(private=False)]})
        elif asked.path == "/authorize":
            code = f"code-{len(self.server.nonces)}"
            self.server.nonces[code] = query.get("nonce")
            self.go(query["redirect_uri"], code=code, state=query["state"])
        elif asked.path == "/end":
            self.server.ended += 1
            self.go(query["post_logout_redirect_uri"])
        else:
            self.send_error(404)

    def do_POST(self):
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        now = int(time.time())
        claims = self.server.claims | {
            "iss": self.server.issuer, "aud": "lodestar", "iat": now, "exp": now + 300,
            "nonce": self.server.nonces[body["code"][0]],
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "test"}, claims, self.server.key)
        self.answer({"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token})

    def metadata(self):
        issuer = self.server.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "end_session_endpoint": f"{issuer}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def answer(self, table):
        body = json.dumps(table).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def go(self, address, **query):
        self.send_response(302)
        self.send_header("Location", f"{address}?{urlencode(query)}" if query else address)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def provider():
    """A provider on a free port."""
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
