"""What holds for every emulated API: total tables, its own envelope for whatever is refused, and no bug on bad input."""

import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from emulator.core import errors
from emulator.core.clock import HELD
from emulator.core.errors import MessagingError
from emulator.core.records import WebhookEndpoint, WebhookEvent
from emulator.dialects import DIALECTS
from emulator.gateway.world import World
from emulator.server.contract import load_contract
from emulator.server.dialect import AccountCard, Call, Dialect, Reply
from emulator.server.editing import ApiCall
from emulator.server.pipeline import answer

each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)


def a_world() -> World:
    world = World("default", policies={d.name: d.policy for d in DIALECTS}, pace=HELD)
    for dialect in DIALECTS:
        dialect.furnish(world)
    return world


def a_call(dialect: Dialect, world: World, method: str, path: str, **changes: Any) -> Call:
    raw_headers = changes.pop("raw_headers", [(b"content-type", b"application/json")])
    facts = {
        "method": method,
        "raw_path": path.encode("latin-1"),
        "raw_query": b"",
        "raw_headers": raw_headers,
        "headers": dict(raw_headers),
        "raw_body": b"",
        "origin": "http://127.0.0.1:8026",
        **changes,
    }
    return Call(dialect, load_contract(dialect.name), world, **facts)


def credentials(dialect: Dialect, world: World, security: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
    """Headers that prove an account for one of these schemes."""
    for card in dialect.describe(world):
        proofs = dict(card.credentials)
        if card.session is not None and dialect.sign_in is not None:
            proofs[card.session] = dialect.sign_in(world, world.store.accounts[card.id], None)[0]
        for scheme in security:
            if scheme in proofs:
                return [(name.lower().encode(), value.encode()) for name, value in proofs[scheme].items()]
    return []


def root(dialect: Dialect) -> str:
    """Where the API's own paths begin; an API may have pages for people elsewhere."""
    contract = load_contract(dialect.name)
    return "/" + contract.operation(contract.operation_ids[0]).path.split("/")[1]


def is_envelope(reply: Reply) -> bool:
    return reply.content_type == b"application/json" and isinstance(json.loads(reply.body), dict)


def refusals() -> list[MessagingError]:
    """One of each refusal."""
    from datetime import timedelta

    made: dict[type[MessagingError], MessagingError] = {
        errors.Forbidden: errors.Forbidden("anything"),
        errors.RateLimited: errors.RateLimited(timedelta(seconds=3), 10),
        errors.UnknownPath: errors.UnknownPath("GET", "/nowhere"),
        errors.MethodNotAllowed: errors.MethodNotAllowed("PUT", "/somewhere", ["GET"]),
        errors.PayloadTooLarge: errors.PayloadTooLarge(1024),
        errors.UnsupportedContentType: errors.UnsupportedContentType(None),
        errors.InvalidFields: errors.InvalidFields([errors.FieldProblem(("to",), "required")]),
        errors.NotFound: errors.NotFound("message", "1"),
        errors.AlreadyExists: errors.AlreadyExists("suppression", "1"),
        errors.StatusConflict: errors.StatusConflict("message", "sent", "canceled"),
        errors.SenderNotAllowed: errors.SenderNotAllowed("ACME"),
        errors.RecipientSuppressed: errors.RecipientSuppressed("+12025550104", "unsubscribed"),
        errors.NoProvider: errors.NoProvider("sms"),
        errors.IdempotencyKeyReused: errors.IdempotencyKeyReused("key"),
        errors.RequestInProgress: errors.RequestInProgress("key"),
        errors.InsufficientFunds: errors.InsufficientFunds(2, 1, "KES"),
        errors.NotEmulated: errors.NotEmulated("something"),
    }
    return [made.get(cls) or cls() for cls in MessagingError.__subclasses__()]


@each_dialect
@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: type(refusal).__name__)
def test_every_refusal_has_an_answer_in_the_apis_own_envelope(dialect: Dialect, refusal: MessagingError):
    reply = dialect.render_error(refusal, a_call(dialect, a_world(), "GET", root(dialect) + "/nowhere"))

    assert 400 <= reply.status < 600
    assert (reply.status >= 500) == isinstance(refusal, errors.NotEmulated | errors.InternalFault | errors.Unavailable)
    assert is_envelope(reply)


@each_dialect
def test_every_rule_of_a_field_problem_has_words(dialect: Dialect):
    for rule in errors.RULES:
        problem = errors.FieldProblem(("field",), rule, "value", 1)

        reply = dialect.render_error(errors.InvalidFields([problem]), a_call(dialect, a_world(), "GET", root(dialect)))

        assert "field" in reply.body.decode(), rule


@each_dialect
def test_every_server_of_the_contract_is_a_host_that_is_served(dialect: Dialect):
    servers = json.loads(load_contract(dialect.name).as_json())["servers"]

    assert [server["url"].removeprefix("https://") for server in servers] == list(dialect.hosts)


@each_dialect
def test_an_unknown_path_is_refused_in_the_apis_envelope(dialect: Dialect):
    reply = answer(a_call(dialect, a_world(), "GET", root(dialect) + "/no/such/path"))

    assert reply.status == 404
    assert is_envelope(reply)


@each_dialect
def test_a_wrong_method_is_refused_with_what_is_allowed(dialect: Dialect):
    contract = load_contract(dialect.name)
    operation = contract.operation(contract.operation_ids[0])

    reply = answer(a_call(dialect, a_world(), "PATCH", operation.path))

    assert reply.status == 405
    assert is_envelope(reply)
    assert operation.method in dict(reply.headers)[b"allow"].decode()


BAD_BODIES = {
    "nothing": b"",
    "broken JSON": b'{"channel": "sms", ',
    "text after it": b"{} {}",
    "invalid UTF-8": b'{"to": "\xff\xfe"}',
    "a lone surrogate": b'{"to": "\\ud800"}',
    "nested brackets": b"[" * 100_000,
    "nested objects": b'{"a":' * 100_000,
    "a huge number": b'{"to": 1' + b"0" * 5_000 + b"}",
    "a huge exponent": b'{"to": 1e999999}',
    "NaN": b'{"to": NaN}',
    "null": b"null",
    "a number": b"12",
    "a string": b'"text"',
    "wrong types": json.dumps(
        {key: {"a": [1]} for key in ("channel", "to", "body", "name", "phone", "message", "sender", "provider", "url")}
    ).encode(),
    "lists of wrong things": b"[[], 1, null, {}]",
    "NUL in a string": b'{"channel":"sms","to":"+25472200\\u0000000","body":"x"}',
    "a very long key": b'{"' + b"a" * 100_000 + b'": 1}',
    "many members": json.dumps({f"m{n}": n for n in range(20_000)}).encode(),
    "many elements": json.dumps([{}] * 20_000).encode(),
}


@each_dialect
@pytest.mark.parametrize("kind", BAD_BODIES)
def test_a_bad_body_gets_a_4xx_and_the_next_call_works(dialect: Dialect, kind: str):
    world = a_world()
    contract = load_contract(dialect.name)
    for id in contract.operation_ids:
        operation = contract.operation(id)
        if not operation.content_types or not operation.security:
            continue
        headers = [(b"content-type", b"application/json"), *credentials(dialect, world, operation.security)]
        path = operation.path.replace("{", "").replace("}", "")

        reply = answer(a_call(dialect, world, operation.method, path, raw_headers=headers, raw_body=BAD_BODIES[kind]))

        # A batch judges its elements alone, so it may answer 200 and refuse each of them.
        refused_alone = reply.status == 200 and b'"status":true' not in reply.body
        assert 400 <= reply.status < 500 or refused_alone, (id, reply)
        if not refused_alone:
            assert is_envelope(reply), id


@each_dialect
@pytest.mark.parametrize(
    "path", ["/v1/\x00", "/%00", "/v1/messages/%ff%fe", "//", "/..%2f..", "/v1/messages/" + "a" * 9000]
)
def test_an_odd_path_is_refused_in_the_apis_envelope(dialect: Dialect, path: str):
    reply = answer(a_call(dialect, a_world(), "GET", root(dialect) + path))

    assert 400 <= reply.status < 500
    assert is_envelope(reply)


@each_dialect
def test_a_bug_is_answered_with_the_apis_own_500_and_logged(dialect: Dialect, caplog: pytest.LogCaptureFixture):
    def breaks(_: Call) -> Reply:
        raise ZeroDivisionError

    broken = Dialect(**{f: getattr(dialect, f) for f in dialect.__struct_fields__} | {"stages": (breaks,)})

    contract = load_contract(dialect.name)
    operation = contract.operation(contract.operation_ids[0])

    reply = answer(a_call(broken, a_world(), operation.method, operation.path))

    assert reply.status == 500
    assert is_envelope(reply)
    assert "ZeroDivisionError" in caplog.text


@each_dialect
def test_fixtures_are_complete_and_the_same_in_every_world(dialect: Dialect):
    one, other = a_world(), World("other", policies={dialect.name: dialect.policy}, pace=HELD)
    dialect.furnish(other)

    cards, others = dialect.describe(one), dialect.describe(other)

    assert [card.id for card in cards] == [card.id for card in others]
    assert [_open_parameters(card) for card in cards] == [_open_parameters(card) for card in others]
    assert all(card.credentials for card in cards)
    first, second = (next(iter(c[0].credentials.values())) for c in (cards, others))
    assert first != second, "another world has credentials of its own"


def _open_parameters(card: AccountCard) -> dict[str, object]:
    """What a card lists that is no secret: passwords are another world's own, as its keys are."""
    return {name: value for name, value in card.parameters.items() if name != "password"}


SIGNING = [dialect for dialect in DIALECTS if dialect.policy.webhooks.verify is not None]


@pytest.mark.parametrize("dialect", SIGNING, ids=lambda dialect: dialect.name)
def test_a_signature_holds_for_what_was_signed_and_for_nothing_else(dialect: Dialect):
    rules = dialect.policy.webhooks
    url, secret, at = "http://127.0.0.1:9/hook?a=b", "whsec_of_acme", datetime(2026, 1, 1, tzinfo=UTC)
    endpoint = WebhookEndpoint(id="e", api=dialect.name, account_id="a", url=url, secret=secret, created_at=at)
    event = WebhookEvent(
        id="1",
        wire_id="1",
        api=dialect.name,
        account_id="a",
        endpoint_id="e",
        url=url,
        type="t",
        body=b"{}",
        created_at=at,
    )
    headers = {name.lower(): value for name, value in rules.sign(event, endpoint, at)}
    assert rules.verify is not None

    assert rules.verify(headers, b"{}", url, secret)
    assert not rules.verify(headers, b"{ }", url, secret)
    assert not rules.verify(headers, b"{}", url, "another")
    assert not rules.verify({}, b"{}", url, secret)
    assert not rules.verify(dict.fromkeys(headers, "ä"), b"{}", url, secret)


@each_dialect
def test_an_account_is_called_the_same_everywhere(dialect: Dialect):
    world = a_world()

    for card in dialect.describe(world):
        assert world.store.accounts[card.id].name == card.name


def test_who_signs_is_known():
    assert [dialect.name for dialect in SIGNING] == ["raven", "tripdesk", "arowana", "bird"]


@pytest.mark.parametrize("dialect", SIGNING, ids=lambda dialect: dialect.name)
def test_what_is_said_to_be_signed_is_what_the_signature_covers(dialect: Dialect):
    rules = dialect.policy.webhooks
    assert rules.signed is not None
    at, secret = datetime(2026, 1, 1, tzinfo=UTC), "whsec_example"
    event = WebhookEvent(
        id="1",
        wire_id="1",
        api=dialect.name,
        account_id="1",
        endpoint_id="1",
        url="http://127.0.0.1:9/hook",
        type="x",
        body=b'{"a":1}',
        created_at=at,
    )
    endpoint = WebhookEndpoint(id="1", api=dialect.name, account_id="1", url=event.url, secret=secret, created_at=at)
    headers = {name.lower(): value for name, value in rules.sign(event, endpoint, at)}

    digest = hmac.digest(secret.encode(), rules.signed(headers, event.body, event.url), "sha256")
    assert any(digest.hex() in value or b64encode(digest).decode() in value for value in headers.values())


# -- what people edit ------------------------------------------------------------------------------------------------


@each_dialect
def test_what_people_edit_names_calls_that_there_are_and_steps_that_can_be_taken(dialect: Dialect):
    world, contract = a_world(), load_contract(dialect.name)
    kinds = dialect.kinds()

    assert len({kind.name for kind in kinds}) == len(kinds)
    for kind in kinds:
        for change in (kind.create, kind.update, kind.delete, *kind.steps.values()):
            if isinstance(change, ApiCall):
                assert contract.operation(change.operation).emulated
        names = [field.name for field in kind.fields]
        assert len(set(names)) == len(names)
        for account in world.store.accounts_by_api.get(dialect.name):
            for id in kind.ids(world, account):
                thing = kind.thing(world, account, id)
                assert thing.id == id
                assert set(thing.steps) <= set(kind.steps)


@each_dialect
def test_a_thing_of_another_account_is_not_found(dialect: Dialect):
    world = a_world()
    accounts = list(world.store.accounts_by_api.get(dialect.name))
    for kind in dialect.kinds():
        owned = [(account, id) for account in accounts for id in kind.ids(world, account)]
        for account, id in owned[:5]:
            others = [each for each in accounts if each.id != account.id and id not in kind.ids(world, each)]
            for other in others:
                with pytest.raises(errors.NotFound):
                    kind.thing(world, other, id)
        with pytest.raises(errors.NotFound):
            kind.thing(world, accounts[0], "nothing")
