"""What people edit by hand: suppressions and sending domains through the API, templates and webhooks beside it."""

from emulator.core.errors import Json
from emulator.core.moments import iso_seconds
from emulator.core.records import Account, Channel
from emulator.dialects.raven import domains
from emulator.dialects.raven.vocabulary import ANNOUNCED
from emulator.gateway.world import World
from emulator.server import usual_kinds, usual_templates
from emulator.server.editing import ApiCall, Field, Kind, Thing

_VERIFY = "Verify the DNS records"


def _show_domain(world: World, account: Account, id: str) -> Thing:
    domain = domains.find(world.store, account.id, id)
    attached = domains.verifications(domain)
    states = {str(each["verification_state"]) for each in attached}
    is_verified = states == {"verified"}
    verifications: list[Json] = [
        {"provider": each["provider"], "state": each["verification_state"], "records": each["dns_records"]}
        for each in attached
    ]
    return Thing(
        id=id,
        title=domain.key or id,
        status="verified" if is_verified else next(iter(sorted(states - {"verified"})), "not attached"),
        members={"domain": domain.key},
        facts={"Since": iso_seconds(domain.created_at), "Verifications": verifications},
        steps=() if is_verified or not attached else (_VERIFY,),
    )


def _verify(world: World, account: Account, id: str) -> None:
    domains.verify(world, domains.find(world.store, account.id, id))


_DOMAINS = Kind(
    name="domains",
    one="sending domain",
    title="Sending domains",
    fields=(
        Field(name="domain", label="Domain", is_needed=True, is_fixed=True),
        Field(
            name="attachAll",
            label="Attach it to every connected e-mail provider",
            schema={"type": "boolean"},
            is_fixed=True,
            usual=True,
        ),
    ),
    ids=lambda world, account: world.store.resources_by_kind.ids((account.id, domains.KIND)),
    thing=_show_domain,
    create=ApiCall(operation="createSendingDomain"),
    delete=ApiCall(operation="deleteSendingDomain"),
    steps={_VERIFY: _verify},
)

KINDS = (
    usual_templates.templates(),
    usual_kinds.suppressions(
        (Channel.EMAIL, Channel.SMS),
        ("manual", "hard_bounce", "spam_complaint", "unsubscribed"),
        create=ApiCall(operation="createSuppression"),
        delete=ApiCall(operation="deleteSuppression"),
    ),
    _DOMAINS,
    usual_kinds.endpoints(
        tuple(f"message.{word}" for word in sorted(ANNOUNCED)),
        hint="The vendor has only announced outbound webhooks: they need the setting outbound_webhooks.",
    ),
)
