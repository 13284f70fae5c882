"""A contract as the other side sees it."""

import pytest

from emulator.server.contract.references import find, resolve
from emulator.stories.api import Surface, api_names, surface


def examples(api: Surface):
    """Every published example of a webhook: its name, headers and body."""
    document = api._contract.document
    for name, item in document.get("webhooks", {}).items():
        operation = resolve(document, item)["post"]
        headers = {
            parameter["name"].lower(): parameter["schema"]["const"]
            for parameter in (resolve(document, each) for each in operation.get("parameters", ()))
            if "const" in parameter.get("schema", {})
        }
        content = find(document, ("webhooks", name, "post", "requestBody", "content", "application/json"))[1]
        for example in content.get("examples", {}).values():
            yield name, headers, resolve(document, example)["value"]


@pytest.mark.parametrize("name", api_names())
def test_every_published_webhook_is_recognised_as_what_it_is(name):
    api = surface(name)

    found = [(known, api.recognise(headers, body)) for known, headers, body in examples(api)]

    assert [known for known, webhook in found if webhook is None or webhook.name != known] == []


def test_callbacks_are_webhooks_too():
    receipt = {
        "phone": "254722000222",
        "correlator": 2,
        "uniqueId": "2f6a1c39-58d4-4b1e-a0c7-94d3e8b7f502",
        "deliveryStatus": "DeliveredToTerminal",
        "deliveryTime": "2026-06-02 11:15:41",
    }
    api = surface("cloudrebue")

    webhook = api.recognise({}, receipt)

    assert {each.name for each in api.webhooks} == {"deliveryReceipt", "incomingSms"}
    assert webhook is not None
    assert webhook.name == "deliveryReceipt"
    assert api.webhook_problems(webhook, receipt) == []
    assert api.webhook_problems(webhook, {**receipt, "uniqueId": None}) != []


def test_parameters_are_those_of_path_query_and_header():
    names = {(each.name, each.place) for each in surface("raven").parameters("createApiKey")}

    assert ("X-Tenant-Slug", "header") in names
    assert [each.place for each in surface("raven").parameters("getMessage") if each.name == "id"] == ["path"]
