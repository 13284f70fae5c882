"""The emulator as its users have it: this checkout's wheel, built anew and unpacked for the servers that are measured."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

CHECKOUT = Path(__file__).resolve().parents[2]


@contextmanager
def as_installed() -> Iterator[None]:
    """Let every server that starts meanwhile run what a wheel brings, compiled modules included."""
    with TemporaryDirectory() as folder:
        wheel = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, str(CHECKOUT)]
        subprocess.run(wheel, check=True)
        (built,) = Path(folder).glob("*.whl")
        with ZipFile(built) as archive:
            archive.extractall(folder)
        compiled = sum(1 for _ in Path(folder, "emulator").rglob("*.so"))
        print(f"measured as installed from {built.name}, {compiled} modules compiled")
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, str(CHECKOUT)])  # the benchmark's own modules come second
        try:
            yield
        finally:
            del os.environ["PYTHONPATH"]
            if before is not None:
                os.environ["PYTHONPATH"] = before
