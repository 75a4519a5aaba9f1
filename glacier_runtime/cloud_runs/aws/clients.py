"""Clients of AWS through boto3, imported when the first is made; and what their errors mean."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any, Final

from glacier_runtime.errors import CloudError, Code, Problem

__all__ = ["Account", "asking", "kind_of"]

_CONNECT_TIMEOUT_S: Final = 5
_READ_TIMEOUT_S: Final = 30
_ATTEMPTS: Final = 8  # with pauses that grow: a service that is asked too often gets time

_UNKNOWN_PERSON: Final = frozenset(
    {
        "CredentialRetrievalError",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "SSOTokenLoadError",
        "SignatureDoesNotMatch",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
        "UnrecognizedClientException",
    }
)
_NO_REGION: Final = "NoRegionError"
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500


@dataclass(frozen=True)
class Account:
    """An account of AWS, as the environment names it: variables, profile, or the identity of the machine.

    Attributes:
        wanted_region: The region that is asked; None for the one of the environment.
    """

    wanted_region: str | None = None
    _clients: dict[tuple[str, float], Any] = field(
        default_factory=dict[tuple[str, float], Any], compare=False, repr=False
    )

    @cached_property
    def _session(self) -> Any:  # boto3 has no types of its own
        try:
            boto3 = import_module("boto3")
        except ModuleNotFoundError:
            raise CloudError(
                Problem(
                    code=Code.CLOUD_LIBRARY_MISSING,
                    message="AWS is asked through boto3, which is not installed",
                    fix="pip install 'glacier-runtime[aws]'; in a project from the template: pip install boto3",
                )
            ) from None
        with asking("the settings of AWS here"):
            return boto3.session.Session(region_name=self.wanted_region)

    @property
    def region(self) -> str:
        """The region that is asked.

        Raises:
            CloudError: GLC636, if none is named.
        """
        region = self._session.region_name
        if not region:
            raise CloudError(_denied("no region is named", _REGION_FIX))
        return str(region)

    @property
    def partition(self) -> str:
        """What ARNs of this region begin with: `aws`, `aws-cn`, `aws-us-gov`."""
        return str(self._session.get_partition_for_region(self.region))

    @cached_property
    def id(self) -> str:
        """The twelve digits of the account.

        Raises:
            CloudError: GLC636 or GLC637.
        """
        with asking("the account (sts:GetCallerIdentity)"):
            return str(self.client("sts").get_caller_identity()["Account"])

    def client(self, service: str, *, patience_s: float = _READ_TIMEOUT_S) -> Any:
        """Return a client of a service; one that waits longer than usual for an answer asks only once.

        Args:
            service: What boto3 calls it.
            patience_s: How long an answer may take.

        Raises:
            CloudError: GLC629 without boto3, GLC636 without a region.
        """
        key = (service, patience_s)
        if key not in self._clients:
            attempts = _ATTEMPTS if patience_s <= _READ_TIMEOUT_S else 1
            config = import_module("botocore.config").Config if self._session else None
            assert config is not None
            with asking(f"a client of {service}"):
                self._clients[key] = self._session.client(
                    service,
                    region_name=self.region,
                    config=config(
                        connect_timeout=_CONNECT_TIMEOUT_S,
                        read_timeout=patience_s,
                        tcp_keepalive=True,
                        retries={"total_max_attempts": attempts, "mode": "standard"},
                    ),
                )
        return self._clients[key]


@contextmanager
def asking(what: str) -> Generator[None]:
    """Say in Glacier's words what AWS, or the way to it, said.

    Args:
        what: What is asked for, as the end of a sentence.

    Raises:
        CloudError: GLC636, if nobody is known here or may not do it; GLC637, if there is no answer.
    """
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith(("botocore", "boto3")):
            raise
        raise CloudError(_problem(what, error)) from None


def kind_of(error: BaseException) -> str:
    """Return what AWS calls an error, or what its library does."""
    response: Any = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(error).__name__)


def _problem(what: str, error: Exception) -> Problem:
    kind = kind_of(error)
    response: Any = getattr(error, "response", None) or {}
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    said = response.get("Error", {}).get("Message") or str(error)
    if kind == _NO_REGION:
        return _denied(f"no region is named to ask for {what}", _REGION_FIX)
    if kind in _UNKNOWN_PERSON:
        return _denied(
            f"no valid credentials are known to ask for {what}: {kind}: {said}", _LOGIN_FIX
        )
    is_busy = "Throttl" in kind or status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR
    if is_busy or not response:
        return Problem(
            code=Code.CLOUD_UNREACHABLE,
            message=f"asked for {what}, AWS did not answer: {kind}: {said:.500}",
            fix="try again; check the network, the region, and AWS_ENDPOINT_URL if it is set",
        )
    return _denied(
        f"asked for {what}, AWS refused: {kind}: {said:.500}",
        "use credentials that may do this: AWS_PROFILE names others",
    )


_REGION_FIX: Final = (
    'set AWS_REGION, or region in [tool.glacier.aws], or give AwsExecutor(region="eu-central-1")'
)
_LOGIN_FIX: Final = (
    "log in, as with `aws sso login`, and set AWS_PROFILE; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)


def _denied(message: str, fix: str) -> Problem:
    return Problem(code=Code.CLOUD_DENIED, message=message, fix=fix)
