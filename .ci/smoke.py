"""The smoke test of an installed wheel: start, send through each API, let time pass, stop. Usage: smoke.py COMMAND."""

import json
import signal
import subprocess
import sys
import urllib.request


def ask(url, body=None, headers=None):
    """One JSON call."""
    raw = None if body is None else json.dumps(body).encode()
    wanted = urllib.request.Request(url, raw, {"Content-Type": "application/json", **(headers or {})})
    with urllib.request.urlopen(wanted, timeout=10) as answer:
        return answer.status, json.loads(answer.read())


def main(command):
    """Run the smoke test with this command. Raises when anything is not as it should be."""
    version = subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    server = subprocess.Popen([command, "serve", "--port", "0", "--pace", "held"], stdout=subprocess.PIPE, text=True)
    try:
        line = ""
        while not line.startswith("ready "):
            line = server.stdout.readline()
            assert line, "the server did not start"
        url = line.split()[1]
        apis = {api["name"]: api for api in ask(f"{url}/_emulator/apis")[1]["apis"]}
        raven, rebue = apis["raven"], apis["cloudrebue"]
        status, sent = ask(
            f"{raven['base_url']}/v1/messages",
            {"channel": "sms", "to": "+254722000000", "body": "Hello"},
            raven["accounts"][0]["headers"],
        )
        assert (status, sent["status"]) == (202, "queued"), sent
        status, queued = ask(
            f"{rebue['base_url']}/api/v1/send-sms",
            {"sender": "CLOUD_REBUE", "message": "Hello", "phone": "254711000111"},
            rebue["accounts"][0]["headers"],
        )
        assert (status, queued[0]["status"]) == (200, True), queued
        ask(f"{url}/_emulator/clock/advance", {"by": "5s"})
        messages = ask(f"{url}/_emulator/messages")[1]["messages"]
        assert [m["recipients"][0]["status"] for m in messages] == ["delivered", "delivered"], messages
        for name in apis:
            document = ask(f"{url}/_emulator/openapi/{name}.json")[1]
            assert document["openapi"].startswith("3.1"), name
    finally:
        server.send_signal(signal.SIGTERM)
    assert server.wait(10) == 0, "SIGTERM must end it with 0"
    print(f"smoke test passed: {version}")


main(sys.argv[1])
