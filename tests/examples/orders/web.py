"""The service over HTTP, with what Python brings along."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.examples.orders.service import BadSignature, Orders


class Handler(BaseHTTPRequestHandler):
    """POST only: orders from the shop, webhooks from the providers."""

    orders: Orders

    def do_POST(self) -> None:
        """Answer one request."""
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            status, answer = self.route(raw)
        except BadSignature as error:
            status, answer = 401, {"error": str(error)}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def route(self, raw: bytes) -> tuple[int, dict[str, Any]]:
        """What a path does."""
        parts = self.path.strip("/").split("/")
        match parts:
            case ["orders"]:
                order = self.orders.place(**json.loads(raw))
                return 201, {"id": order.id, "mail": order.mail_status, "sms": order.sms_status}
            case ["orders", id, "ready"]:
                self.orders.ready(id)
                return 200, {}
            case ["orders", id, "collect"]:
                return (200 if self.orders.collect(id, json.loads(raw)["code"]) else 403), {}
            case ["hooks", "raven"]:
                self.orders.told_by_raven({name.lower(): value for name, value in self.headers.items()}, raw)
            case ["hooks", "receipts"]:
                self.orders.told_by_rebue(json.loads(raw))
            case ["hooks", "incoming"]:
                self.orders.customer_wrote(json.loads(raw))
            case _:
                return 404, {}
        return 200, {}

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(orders: Orders) -> Generator[str]:
    """Serve on a free port while the block runs; its value is the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("BoundHandler", (Handler,), {"orders": orders}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
