"""What a user chooses when the server starts: one frozen dataclass."""

from dataclasses import dataclass
from pathlib import Path

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Settings:
    """`pace` is `held`, `real` or a rate. `only` serves one API, at the root. `rate_limits`: `auto`, `on`, `off`.

    Webhooks go to loopback addresses and to `webhook_hosts`; the control API answers loopback names, `host` and
    `allowed_hosts`. Any other listening address than loopback needs a `control_token`. `scenario` is a story whose
    beginning is brought about, and again after each edit.
    """

    host: str = "127.0.0.1"
    port: int = 8026
    only: str | None = None
    pace: str = "real"
    seed: int = 1
    control_token: str | None = None
    rate_limits: str = "auto"
    webhook_hosts: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    scenario: Path | None = None

    def problem(self) -> str | None:
        """What is wrong with the choices taken together, in a sentence for people; None if nothing is."""
        if self.host not in LOOPBACK and not self.control_token:
            return (
                f"--host {self.host} can be reached from other machines; give --control-token TOKEN, "
                "which the control API will then ask for"
            )
        if (self.tls_cert is None) != (self.tls_key is None):
            return "--tls-cert and --tls-key belong together; give both or neither"
        return None
