"""A workspace with what tests of administration turn and look at: other keys, settings, money, what webhooks were told."""

from typing import Any

from msgspec.structs import replace

from emulator.core import wallet
from emulator.core.records import EventType, Resource
from emulator.dialects.arowana import campaigns, people, test_agent
from emulator.dialects.arowana.fixtures import CAMPAIGN, SHOP, STUDIO, key_of
from emulator.dialects.arowana.handlers.contacts import render_contact
from emulator.dialects.arowana.vocabulary import API, EVENT_NAMES
from emulator.gateway.reporting import report
from emulator.providers.script import Report
from tests.emulator.dialects.arowana.conftest import MAIL, PERSON, Answer, Api, a_world

__all__ = ["PERSON", "Answer", "Workspace"]


class Workspace(Api):
    """The workspace of the fixtures in a world of its own. `other_key` is another workspace's."""

    def __init__(self) -> None:
        super().__init__(a_world())
        self.other_key = key_of(self.world.name, STUDIO)

    def key_with_role(self, role: str) -> str:
        """A key of the workspace with a role; only the manager's may send."""
        return key_of(self.world.name, SHOP, role)

    def send_mail(self, **changes: Any) -> Answer:
        """Send a short mail."""
        return self.send(MAIL, **changes)

    def listen_to_all(self) -> None:
        """Register an endpoint for every event."""
        self.listen(*EVENT_NAMES)

    def data_of(self, name: str) -> list[dict[str, Any]]:
        """The data of the events of a name that were told, oldest first."""
        return [envelope["data"] for envelope in self.told(name)]

    def choose_balance(self, euros: float) -> None:
        """Set what is in the wallet, as the control API does."""
        facts = (self.world.store, self.world.ids, self.account.id)
        wallet.set_balance(*facts, round(euros * 1_000_000), at=self.world.clock.now)

    def report(self, message_id: str, type: str) -> None:
        """Let a message's provider report something."""
        report(self.world, message_id, Report(type=EventType(type)))

    def contact(self, address: str) -> dict[str, Any]:
        """The contact of an address, as the API shows it."""
        contact = people.find_contact(self.world.store, self.account.id, address)
        assert contact is not None
        return dict(render_contact(contact))

    def fill_test_agent(self, count: int) -> None:
        """Let other workspaces take places of the test agent."""
        for number in range(count):
            self.world.store.resources.put(
                Resource(
                    id=f"number-{number}",
                    account_id=API,
                    kind=test_agent.NUMBER,
                    key=f"+4915199900{number:03}",
                    created_at=self.world.clock.now,
                    content={"account_id": "ws_other"},
                )
            )

    def change_campaign(self, id: str = CAMPAIGN, **content: Any) -> None:
        """Change what the dashboard would."""
        campaign = self.world.store.resources[id]
        assert campaign.kind == campaigns.KIND
        self.world.store.resources.put(replace(campaign, content={**campaign.content, **content}))
