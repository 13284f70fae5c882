"""The smoke test of an installed wheel: start, send through each API, let time pass, stop. Usage: smoke.py COMMAND."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path


def ask(url, body=None, headers=None):
    """One JSON call."""
    raw = None if body is None else json.dumps(body).encode()
    wanted = urllib.request.Request(url, raw, {"Content-Type": "application/json", **(headers or {})})
    with urllib.request.urlopen(wanted, timeout=10) as answer:
        return answer.status, json.loads(answer.read())


def others(apis):
    """A send for each of the other APIs: name, path, body."""
    known = {name: api["accounts"][0]["parameters"] for name, api in apis.items()}
    yield "tripdesk", "/api/v1/messages", {"channel": "sms", "to": "+15557654321", "text": "Hello"}
    yield (
        "arowana",
        "/v1/messages",
        {
            "agent_id": known["arowana"]["agent_id"],
            "to": "+4915112345678",
            "message_type": "MESSAGE",
            "traffic_type": "TRANSACTION",
            "content": {"text": "Hello"},
        },
    )
    yield (
        "bird",
        "/workspaces/{workspaceId}/channels/{channelId}/messages".format_map(known["bird"]),
        {
            "receiver": {"contacts": [{"identifierValue": "+31600000001"}]},
            "body": {"type": "text", "text": {"text": "Hello"}},
        },
    )


STORY = """
name: An SMS is delivered
api: raven
steps:
  - call:
      operation: sendMessage
      body: {channel: sms, to: "+254722000000", body: Hi}
      expect: {status: 202, body: {status: queued}}
      capture: {id: body.id}
  - advance: 5s
  - call: {operation: getMessage, parameters: {id: "${id}"}, expect: {body: {status: delivered}}}
"""


def run_story(command):
    """Play a story, as a user's own project would."""
    Path("smoke.story.yaml").write_text(STORY, encoding="utf-8")
    subprocess.run([command, "validate", "smoke.story.yaml"], check=True)
    subprocess.run([command, "run", "smoke.story.yaml"], check=True)


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
        for name, path, body in others(apis):
            account = apis[name]["accounts"][0]
            assert ask(f"{apis[name]['base_url']}{path}", body, account["headers"])[0] in (200, 202), name
        ask(f"{url}/_emulator/clock/advance", {"by": "10s"})
        messages = ask(f"{url}/_emulator/messages")[1]["messages"]
        assert [m["recipients"][0]["status"] for m in messages] == ["delivered"] * 5, messages
        for name in apis:
            document = ask(f"{url}/_emulator/openapi/{name}.json")[1]
            assert document["openapi"].startswith("3.1"), name
        for page in ("/docs/", "/docs/raven", "/llms.txt"):
            with urllib.request.urlopen(url + page, timeout=10) as answer:
                assert answer.status == 200, page
    finally:
        server.send_signal(signal.SIGTERM)
    assert server.wait(10) == 0, "SIGTERM must end it with 0"
    run_story(command)
    print(f"smoke test passed: {version}")


main(sys.argv[1])
