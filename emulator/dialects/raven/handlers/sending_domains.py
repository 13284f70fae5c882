"""Domains that mail is sent from, and their DNS checks at each provider."""

from collections.abc import Mapping

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.core.moments import iso_milliseconds
from emulator.core.records import Channel, Connection, Resource
from emulator.dialects.raven import audit, domains
from emulator.dialects.raven.domains import Verification
from emulator.dialects.raven.handlers.providers import find_connection
from emulator.server.dialect import Call, Handler, Reply, json_reply

_VERIFICATION: Mapping[str, str] = {
    "id": "id",
    "provider": "provider",
    "providerConfigId": "provider_config_id",
    "registrationState": "registration_state",
    "providerDomainId": "provider_domain_id",
    "verificationState": "verification_state",
    "dnsRecords": "dns_records",
    "registrationError": "registration_error",
    "lastCheckedAt": "last_checked_at",
    "lastCheckError": "last_check_error",
    "verifiedAt": "verified_at",
    "attachedAt": "attached_at",
}


def create_sending_domain(call: Call) -> Reply:
    """Register a domain, and attach it to every connected e-mail provider if asked to."""
    domain = domains.register(call.world, call.owner.id, str(call.members["domain"]))
    audit.record(call, "sending_domain.create", "sending_domain", domain.id, metadata={"domain": domain.key})
    if call.members.get("attachAll") is True:
        domain = _attach(call, domain, list(domains.mail_connections(call.world.store, call.owner.id)))
    return json_reply(201, _render_domain(call, domain))


def list_sending_domains(call: Call) -> Reply:
    """List the tenant's domains with their verifications."""
    every = domains.domains(call.world.store, call.owner.id)
    return json_reply(200, [_render_domain(call, domain) for domain in every])


def get_sending_domain(call: Call) -> Reply:
    """Read one domain with its verifications."""
    return json_reply(200, _render_domain(call, _domain(call)))


def delete_sending_domain(call: Call) -> Reply:
    """Remove a domain and its verifications; the providers' side is left as it is."""
    domain = _domain(call)
    for verification in domains.verifications(domain):
        _record_detached(call, domain, verification)
    call.world.store.resources.delete(domain.id)
    return Reply(204, content_type=None)


def attach_providers(call: Call) -> Reply:
    """Attach a domain to the named providers; the verifications come in the order of the request."""
    domain = _domain(call)
    ids: list[str] = call.members["providerConfigIds"]
    connections = [_mail_connection(call, place, id) for place, id in enumerate(ids)]
    domain = _attach(call, domain, connections)
    by_connection = {str(each["provider_config_id"]): each for each in domains.verifications(domain)}
    return json_reply(201, [_render_verification(by_connection[id]) for id in ids])


def list_verifications(call: Call) -> Reply:
    """List where a domain stands at each provider."""
    return json_reply(200, [_render_verification(each) for each in domains.verifications(_domain(call))])


def recheck_verification(call: Call) -> Reply:
    """Start another check; its result shows in the verification shortly after."""
    domains.recheck(call.world, _domain(call), call.parameters["verificationId"])
    return Reply(202, content_type=None)


def delete_verification(call: Call) -> Reply:
    """Detach a domain from a provider, whose side is left as it is."""
    domain = _domain(call)
    _record_detached(call, domain, domains.detach(call.world, domain, call.parameters["verificationId"]))
    return Reply(204, content_type=None)


def _domain(call: Call) -> Resource:
    return domains.find(call.world.store, call.owner.id, call.parameters["id"])


def _mail_connection(call: Call, place: int, id: str) -> Connection:
    connection = find_connection(call, id)
    if connection.channel is not Channel.EMAIL:
        raise InvalidFields((FieldProblem(("providerConfigIds", place), "const", id, "an email provider"),))
    return connection


def _attach(call: Call, domain: Resource, connections: list[Connection]) -> Resource:
    if not connections:
        return domain
    for connection in connections:
        domain, _ = domains.attach(call.world, domain, connection)
    metadata: dict[str, Json] = {"providerConfigIds": [connection.id for connection in connections]}
    audit.record(call, "sending_domain.attach", "sending_domain", domain.id, metadata=metadata)
    return domain


def _record_detached(call: Call, domain: Resource, verification: Verification) -> None:
    """Write into the audit log that a domain is no longer attached to a provider."""
    metadata = {"provider": verification["provider"], "providerConfigId": verification["provider_config_id"]}
    audit.record(call, "sending_domain.detach", "sending_domain", domain.id, metadata=metadata)


def _render_domain(call: Call, domain: Resource) -> dict[str, Json]:
    verifications = domains.verifications(domain)
    taken = [verification["provider_config_id"] for verification in verifications]
    connections = domains.mail_connections(call.world.store, call.owner.id)
    return {
        "id": domain.id,
        "domain": domain.key,
        "status": "active",
        "dmarcRecord": domain.content.get("dmarc_record"),
        "dmarcManaged": domain.content.get("dmarc_managed", False),
        "verifications": [_render_verification(verification) for verification in verifications],
        "attachableProviders": [_render_free(each) for each in connections if each.id not in taken],
        "createdAt": iso_milliseconds(domain.created_at),
    }


def _render_free(connection: Connection) -> dict[str, Json]:
    return {"id": connection.id, "provider": connection.provider, "label": connection.label}


def _render_verification(verification: Verification) -> dict[str, Json]:
    return {wire: verification.get(name) for wire, name in _VERIFICATION.items()}


HANDLERS: Mapping[str, Handler] = {
    "createSendingDomain": create_sending_domain,
    "listSendingDomains": list_sending_domains,
    "getSendingDomain": get_sending_domain,
    "deleteSendingDomain": delete_sending_domain,
    "attachProviders": attach_providers,
    "listVerifications": list_verifications,
    "recheckVerification": recheck_verification,
    "deleteVerification": delete_verification,
}
