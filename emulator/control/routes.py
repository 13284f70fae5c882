"""Which handler answers which operation of the contract. A test holds the two against each other."""

from collections.abc import Mapping
from types import MappingProxyType

from emulator.control import accounts, clock, journal, messages, metrics, overview, reports, webhooks, worlds
from emulator.control.call import Handler

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "getHealth": overview.get_health,
        "listApis": overview.list_apis,
        "getContractYaml": overview.get_contract_yaml,
        "getContractJson": overview.get_contract_json,
        "getMetrics": metrics.get_metrics,
        "resetWorld": worlds.reset_world,
        "listWorlds": worlds.list_worlds,
        "createWorld": worlds.create_world,
        "deleteWorld": worlds.delete_world,
        "getClock": clock.get_clock,
        "setClock": clock.set_clock,
        "advanceClock": clock.advance_clock,
        "listMessages": messages.list_messages,
        "getMessage": messages.get_message,
        "reportReceipt": reports.report_receipt,
        "receiveInbound": reports.receive_inbound,
        "listAccounts": accounts.list_accounts,
        "createAccount": accounts.create_account,
        "updateAccount": accounts.update_account,
        "signIn": accounts.sign_in,
        "listAttempts": webhooks.list_attempts,
        "retryAttempt": webhooks.retry_attempt,
        "readJournal": journal.read_journal,
    }
)
