"""Images of a project in ECR: where they are, which are there, and who may push."""

from __future__ import annotations

from base64 import b64decode

from glacier_generators.deploying.images import SignIn
from glacier_runtime.cloud_runs.aws.clients import Account, asking, kind_of

__all__ = ["EcrRegistry"]

_SUFFIX = {"aws-cn": "amazonaws.com.cn"}


class EcrRegistry:
    """The registry of an account in a region.

    Args:
        region: The region.
    """

    def __init__(self, region: str) -> None:
        self._account = Account(region)

    def repository(self, project: str) -> str:
        """Return the address of a project's repository, as `infra/bootstrap` makes it.

        Raises:
            CloudError: GLC629 without boto3; GLC636 or GLC637, if AWS does not say whose account it is.
        """
        suffix = _SUFFIX.get(self._account.partition, "amazonaws.com")
        host = f"{self._account.id}.dkr.ecr.{self._account.region}.{suffix}"
        return f"{host}/{project}-code"

    def has(self, address: str) -> bool | None:
        """Say whether an image is there; None if its repository is not.

        Args:
            address: Registry, repository and tag.

        Raises:
            CloudError: GLC636 or GLC637.
        """
        repository, _, tag = address.partition("/")[2].partition(":")
        client = self._account.client("ecr")
        with asking(f"the image {address} (ecr:DescribeImages)"):
            try:
                client.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
            except Exception as error:
                if kind_of(error) == "RepositoryNotFoundException":
                    return None
                if kind_of(error) == "ImageNotFoundException":
                    return False
                raise
        return True

    def sign_in(self) -> SignIn:
        """Return the name and the password by which images are pushed for some hours.

        Raises:
            CloudError: GLC636 or GLC637.
        """
        with asking("a password for the registry (ecr:GetAuthorizationToken)"):
            told = self._account.client("ecr").get_authorization_token()
        name, _, password = (
            b64decode(told["authorizationData"][0]["authorizationToken"]).decode().partition(":")
        )
        return SignIn(name, password)
