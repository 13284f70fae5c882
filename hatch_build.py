"""Build hook: puts contracts, settings and stories into the wheel, each contract as JSON, and the hot modules compiled.

An installed emulator then starts without parsing YAML, and answers a send in two thirds of the time. The build needs
pyyaml, msgspec, Cython and setuptools beside hatchling, and not the other dependencies of the package. The folders are
named here and not in `force-include`, which would also copy them into every editable installation.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WISH = "PARROTFISH_COMPILE"
"""An environment variable: `0` compiles nothing, `1` fails where nothing can be compiled; unset, what can be is."""

FLAGS = [] if sys.platform == "win32" else ["-O1", "-g0"]


class WheelBuildHook(BuildHookInterface[Any]):
    """Runs for the wheel. An editable installation reads the checkout, and needs nothing."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the files into a temporary folder and name them to the build. Raises `DocumentError`."""
        if version == "editable":
            return
        self._folder = TemporaryDirectory()
        build_data["force_include"].update(self._documents())
        compiled = self._compiled()
        if compiled:
            build_data["force_include"].update(compiled)
            build_data["pure_python"] = False
            build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Remove the temporary folder."""
        if version != "editable":
            self._folder.cleanup()

    def _documents(self) -> dict[str, str]:
        """What is read at run time: where it is -> its place in the wheel."""
        # The package is not installed while it is built.
        sys.path.insert(0, self.root)
        try:
            from emulator.server.contract.files import pack_into  # noqa: PLC0415 - only now can it be found
        finally:
            sys.path.remove(self.root)
        places = {str(Path(self.root, folder)): f"emulator/{folder}" for folder in ("openapi", "scenarios")}
        settings = "emulator/harness/contracts/schemathesis.toml"
        places[str(Path(self.root, "contracts/schemathesis.toml"))] = settings
        for yaml_path in sorted(Path(self.root, "openapi").glob("*.yaml")):
            for path in pack_into(yaml_path, Path(self._folder.name)):
                places[str(path)] = f"emulator/openapi/{path.name}"
        return places

    def _compiled(self) -> dict[str, str]:
        """The hot modules as machine code, beside their sources; nothing where there is no C compiler."""
        wish = os.environ.get(WISH, "")
        if wish == "0":
            return {}
        try:
            return _compile(self.config["compiled"], Path(self._folder.name, "compiled"))
        # No compiler, no header files: it shows in many ways. A wheel without machine code does the same, only slower.
        except Exception as error:
            if wish == "1":
                raise
            self.app.display_warning(f"nothing is compiled, as this failed: {error}")
            return {}


def _compile(sources: list[str], folder: Path) -> dict[str, str]:
    from Cython.Build import cythonize  # noqa: PLC0415 - not needed for a wheel of plain Python
    from setuptools import Distribution, Extension  # noqa: PLC0415 - the same
    from setuptools.command.build_ext import build_ext  # noqa: PLC0415 - the same

    workers = os.cpu_count() or 1
    modules = [
        # With -O2 it compiles twice as long and runs no faster: what is left is done by the interpreter itself.
        Extension(source.removesuffix(".py").replace("/", "."), [source], extra_compile_args=FLAGS)
        for source in sources
    ]
    extensions = cythonize(
        modules,
        build_dir=str(folder / "c"),
        nthreads=workers,
        language_level=3,
        quiet=True,
        # As C types, annotations would refuse a subclass and make floats of integers.
        compiler_directives={"annotation_typing": False},
    )
    command = build_ext(Distribution({"ext_modules": extensions}))
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "temp")
    command.parallel = workers
    command.ensure_finalized()
    command.run()
    return {path: Path(path).relative_to(command.build_lib).as_posix() for path in command.get_outputs()}
