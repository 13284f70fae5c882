"""Build hook: puts contracts, settings and stories into the wheel, and each contract as JSON with a routing index.

An installed emulator then starts without parsing YAML. The build needs pyyaml and msgspec beside hatchling, and not the
other dependencies of the package. The folders are named here and not in `force-include`, which would also copy them
into every editable installation.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ContractsBuildHook(BuildHookInterface[Any]):
    """Runs for the wheel. An editable installation reads the checkout, and needs nothing."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the files into a temporary folder and name them to the build. Raises `DocumentError`."""
        if version == "editable":
            return
        # The package is not installed while it is built.
        sys.path.insert(0, self.root)
        try:
            from emulator.server.contract.files import pack_into  # noqa: PLC0415 - only now can it be found
        finally:
            sys.path.remove(self.root)
        for folder in ("openapi", "scenarios"):
            build_data["force_include"][str(Path(self.root, folder))] = f"emulator/{folder}"
        settings = "emulator/harness/contracts/schemathesis.toml"
        build_data["force_include"][str(Path(self.root, "contracts/schemathesis.toml"))] = settings
        self._folder = TemporaryDirectory()
        for yaml_path in sorted(Path(self.root, "openapi").glob("*.yaml")):
            for path in pack_into(yaml_path, Path(self._folder.name)):
                build_data["force_include"][str(path)] = f"emulator/openapi/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Remove the temporary folder."""
        if version != "editable":
            self._folder.cleanup()
