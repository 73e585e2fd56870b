"""Listen for webhooks, and believe only those that are signed with the secret and new.

egobutler hooks add http://127.0.0.1:9000/          # prints the secret
EGOBUTLER_HOOK_SECRET=... python examples/webhook_client.py 9000
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

OLDEST = 300.0  # seconds; an older message may be one that somebody recorded and sends again


def genuine(secret: str, header: str, body: bytes) -> bool:
    """Whether ``EgoButler-Signature: t=SECONDS,v1=HEX`` fits the body and is new."""
    at, _, signature = header.removeprefix("t=").partition(",v1=")
    expected = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        return False
    return abs(time.time() - float(at)) < OLDEST


class Client(BaseHTTPRequestHandler):
    """Print what happened to a recording."""

    def do_POST(self) -> None:
        """Reply 204 to a message that is genuine, 403 to any other."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        secret = os.environ["EGOBUTLER_HOOK_SECRET"]
        if not genuine(secret, self.headers.get("EgoButler-Signature", ""), body):
            self.send_response(403)
        else:
            message = json.loads(body)
            print(message["event"], message.get("job", ""), flush=True)
            self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Client).serve_forever()
