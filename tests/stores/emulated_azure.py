"""Azurite: Microsoft's own emulator of blob storage, installed from npm once and started once a session."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import obstore
import pytest
from obstore.store import AzureStore

__all__ = ["ACCOUNT", "PUBLIC_KEY", "Azurite"]

ACCOUNT = "devstoreaccount1"
# Printed in Azurite's documentation, and the same on every machine: https://learn.microsoft.com/azure/storage/common/storage-use-azurite
PUBLIC_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_VERSION = "3.37.0"  # older ones list from the beginning, wherever they are told to begin
_FOLDER = Path(__file__).parents[2] / "build" / f"azurite-{_VERSION}"
_FLAGS = ("--inMemoryPersistence", "--skipApiVersionCheck", "--loose", "--disableTelemetry")


@dataclass(frozen=True)
class Azurite:
    """A running emulator.

    Attributes:
        endpoint: Where it answers; the account is a part of the path.
    """

    endpoint: str

    @classmethod
    @contextmanager
    def serving(cls) -> Iterator[Azurite]:
        program = _installed()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        child = subprocess.Popen(
            [program, *_FLAGS, "--silent", "--blobPort", str(port)],
            cwd=_FOLDER,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(port, child)
            yield cls(f"http://127.0.0.1:{port}/{ACCOUNT}")
        finally:
            child.kill()
            child.wait()

    def make_bucket(self, name: str) -> None:
        """Make a container, which obstore cannot."""
        headers = {"x-ms-date": f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S GMT}"}
        headers["x-ms-version"] = "2021-08-06"
        signed = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
        what = f"PUT{12 * chr(10)}{signed}/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
        key = base64.b64decode(PUBLIC_KEY)
        signature = base64.b64encode(hmac.digest(key, what.encode(), hashlib.sha256)).decode()
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{signature}"
        address = f"{self.endpoint}/{name}?restype=container"
        request = urllib.request.Request(address, method="PUT", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 201

    def client(self, bucket: str) -> AzureStore:
        return AzureStore(
            bucket,
            account_name=ACCOUNT,
            account_key=PUBLIC_KEY,
            endpoint=self.endpoint,
            client_options={"allow_http": True},
        )

    def keys(self, bucket: str, prefix: str = "") -> set[str]:
        pages = obstore.list(self.client(bucket))
        return {item["path"] for page in pages for item in page if item["path"].startswith(prefix)}

    def read(self, bucket: str, key: str) -> bytes:
        return bytes(obstore.get(self.client(bucket), key).bytes())

    def put(self, bucket: str, key: str, data: bytes) -> None:
        obstore.put(self.client(bucket), key, data)

    def remove(self, bucket: str, key: str) -> None:
        obstore.delete(self.client(bucket), key)


def _installed() -> str:
    """Return the program, which the first of several workers installs."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is missing: install Node.js (https://nodejs.org)")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    program = _FOLDER / "node_modules" / ".bin" / "azurite-blob"
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            install = [
                npm,
                "install",
                f"azurite@{_VERSION}",
                "--no-save",
                "--silent",
                "--prefix",
                str(_FOLDER),
            ]
            subprocess.run(install, check=True, timeout=600)
    return str(program)


def _wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert child.poll() is None, "azurite ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("azurite does not answer")
