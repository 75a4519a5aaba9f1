"""How stores are found and who asks: bindings, endpoints, each cloud's own variables; what refuses says so, without secrets."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast

import polars as pl
import pytest

from glacier_runtime.errors import StorageError
from glacier_runtime.storage.bindings import Bindings
from glacier_runtime.storage.cloud_access import polars_options
from glacier_runtime.storage.faults import reporting_store_faults
from tests.run_task.emulated_s3 import EmulatedS3
from tests.stores.conftest import Place
from tests.stores.emulated_azure import ACCOUNT, PUBLIC_KEY

FRAME = pl.DataFrame({"n": [1, 2]})
WRONG_KEY = "bm90IHRoZSBrZXkgYXQgYWxs"


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(StorageError) as failure, reporting_store_faults():
        act()
    (code,) = failure.value.codes
    return code


@pytest.mark.parametrize("suffix", ["parquet", "csv", "ndjson", "arrow"])
def test_polars_and_the_client_reach_the_same_bucket(suffix: str, place: Place) -> None:
    spot = place.lake.at(f"raw/numbers.{suffix}")
    spot.write(FRAME)

    assert spot.read().equals(FRAME)
    assert place.keys() == {f"raw/numbers.{suffix}"}


def test_addresses_are_what_other_tools_call_them(place_in: Callable[[str], Place]) -> None:
    for cloud, address in (
        ("aws", "s3://{bucket}/a.csv"),
        ("gcp", "gs://{bucket}/a.csv"),
        ("azure", "abfss://{bucket}@devstoreaccount1.dfs.core.windows.net/a.csv"),
    ):
        place = place_in(cloud)
        assert place.store.address("a.csv") == address.format(bucket=place.bucket)


def test_a_bucket_that_does_not_exist_is_said_to(
    place_in_a_cloud: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    bindings = Bindings(cloud=place_in_a_cloud.cloud, buckets={"lake": "no-such-bucket"})
    monkeypatch.setenv("GLACIER_BINDINGS", bindings.model_dump_json())
    store = place_in_a_cloud.store

    for act in (lambda: store.read("a.txt"), lambda: store.files("a"), lambda: store.names("a")):
        with pytest.raises(PermissionError, match=r"no-such-bucket.* does not exist"):
            act()


def test_a_store_that_does_not_answer_is_said_not_to(
    place_in_a_cloud: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "STORAGE_EMULATOR_HOST", "AZURE_STORAGE_ENDPOINT"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert code_of(lambda: place_in_a_cloud.store.read("a.txt")) == "GLC512"
    assert code_of(lambda: place_in_a_cloud.lake.at("a/").exists()) == "GLC512"


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_whoever_may_not_list_everything_is_told_what_is_absent(
    cloud: str, place_in: Callable[[str], Place]
) -> None:
    place = place_in(cloud)
    place.put("_glacier/t/b.json", b"{}")

    def rule(verb: str, _: str, key: str) -> bool:
        return key.startswith("_glacier/t/") and (verb == "List" or not key.endswith("b.json"))

    with cast("EmulatedS3", place.emulator).listening(rule):
        assert place.store.read("_glacier/t/a.json") is None
        assert code_of(lambda: place.store.read("_glacier/t/b.json")) == "GLC513"
        assert code_of(lambda: place.store.read("_glacier/u/a.json")) == "GLC513"


def test_azure_refuses_a_wrong_key_and_no_message_shows_it(
    place_in: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_in("azure")
    spot = place.lake.at("a.parquet")
    spot.write(FRAME)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", WRONG_KEY)

    acts: list[Callable[[], object]] = [
        lambda: place.store.read("a.txt"),
        lambda: spot.write(FRAME),
    ]
    for act in acts:
        with pytest.raises((StorageError, PermissionError)) as failure:
            act()
        assert WRONG_KEY not in repr(failure.value)
    assert code_of(lambda: place.store.read("a.txt")) == "GLC513"
    with pytest.raises(OSError, match="object-store error") as refused:
        pl.scan_parquet(place.store.address("a.parquet"), **polars_options("abfss://x")).collect()
    assert WRONG_KEY not in str(refused.value)


def test_no_message_shows_a_shared_access_signature(
    place_in: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_in("azure")
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_KEY")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2021-08-06&ss=b&sig=hush-hush")
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", "http://127.0.0.1:9/account")
    address = place.store.address("a.parquet")

    with pytest.raises(ConnectionError) as by_client:
        place.store.read("a.txt")
    with pytest.raises(OSError, match="object-store error") as by_polars:
        pl.scan_parquet(address, **polars_options(address)).collect()

    assert "hush-hush" not in repr(by_client.value) + repr(by_polars.value)


def test_an_account_is_named_by_bindings_or_by_the_environment(
    place_in: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_in("azure")
    named = Bindings(cloud="azure", buckets={"lake": "raw"}, storage_accounts={"lake": "other"})
    monkeypatch.setenv("GLACIER_BINDINGS", named.model_dump_json())
    assert place.store.address("a") == "abfss://raw@other.dfs.core.windows.net/a"

    unnamed = Bindings(cloud="azure", buckets={"lake": "raw"})
    monkeypatch.setenv("GLACIER_BINDINGS", unnamed.model_dump_json())
    assert place.store.address("a") == f"abfss://raw@{ACCOUNT}.dfs.core.windows.net/a"

    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME")
    with pytest.raises(StorageError, match="AZURE_STORAGE_ACCOUNT_NAME") as failure:
        place.store.names("a")
    assert failure.value.codes == ("GLC511",)


def test_bindings_of_another_cloud_are_refused(
    place_in: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_in("gcp")
    other = Bindings(cloud="aws", buckets={"lake": "lake"})
    monkeypatch.setenv("GLACIER_BINDINGS", other.model_dump_json())

    with pytest.raises(StorageError, match=r"'aws'.*'gcp'") as failure:
        place.store.names("a")
    assert failure.value.codes == ("GLC511",)


def test_without_its_library_a_cloud_names_its_extra(
    place_in_a_cloud: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    for name in ("object_store", "object_requests", "object_parts"):
        monkeypatch.delitem(sys.modules, f"glacier_runtime.storage.{name}", raising=False)

    with pytest.raises(StorageError) as failure:
        place_in_a_cloud.store.names("a")

    assert failure.value.codes == ("GLC510",)
    assert f"glacier-runtime[{place_in_a_cloud.cloud}]" in str(failure.value)


def test_other_stores_that_answer_like_s3_are_reached_by_their_endpoint(
    place_in: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_in("aws")
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)  # as boto3 has it: the closer one holds

    spot = place.lake.at("a.parquet")
    spot.write(FRAME)

    assert spot.read().equals(FRAME)


def both_ask(place: Place, asked: Callable[[], int]) -> None:
    """See that the client asks for an identity, and Polars too. Emulators believe no one: neither gets further."""
    assert code_of(lambda: place.store.read("a.txt")) in {"GLC512", "GLC513"}
    by_client = asked()
    address = place.store.address("a.parquet")
    with pytest.raises(OSError, match="object-store error"):
        pl.scan_parquet(address, **polars_options(address)).collect()
    assert asked() > by_client > 0


def test_a_function_in_azure_asks_with_its_own_identity(
    place_in: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_in("azure")
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_KEY")
    with identities() as (address, asked):
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{address}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "a-secret-of-the-function")

        both_ask(place, lambda: len(asked))

    assert {request["x-identity-header"] for request in asked} == {"a-secret-of-the-function"}


def test_whoever_used_az_login_asks_with_that(
    place_in: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = place_in("azure")
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_KEY")
    (tmp_path / "azureProfile.json").write_text("{}")
    log, program = tmp_path / "log", tmp_path / "az"
    token = {"accessToken": "t", "expiresOn": "2099-01-01 00:00:00.000000", "tokenType": "Bearer"}
    program.write_text(f"#!/bin/sh\necho \"$@\" >> {log}\necho '{json.dumps(token)}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    both_ask(place, lambda: log.read_text().count("get-access-token"))


def test_google_is_asked_with_the_identity_of_the_machine(
    place_in: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = place_in("gcp")
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    monkeypatch.setenv("HOME", str(tmp_path))  # nobody has logged in
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # and nobody asks Google itself
    with identities() as (address, asked):
        monkeypatch.setenv("GCE_METADATA_HOST", address.removeprefix("http://"))

        both_ask(place, lambda: len(asked))


@contextmanager
def identities() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Serve tokens as the machines of a cloud do, and note who asks."""
    asked: list[dict[str, str]] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
            token = {"access_token": "t", "expires_on": "4000000000", "expires_in": 3600}
            body = json.dumps({**token, "token_type": "Bearer", "resource": "r"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_no_option_that_polars_is_given_holds_a_credential(place_in_a_cloud: Place) -> None:
    address = place_in_a_cloud.store.address("a.parquet")

    given = repr(polars_options(address))

    assert PUBLIC_KEY not in given
    assert "AWS_SECRET" not in given
    assert os.environ.get("AWS_SECRET_ACCESS_KEY", "secret") not in given
