"""The provider: one class for every cloud, whose behaviour is the configuration it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args, overload

from glacier_runtime.config.clouds import CloudConfig
from glacier_runtime.config.environment import config_from_env
from glacier_runtime.config.existing import ForeignResource
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.resources.bucket import Bucket
from glacier_runtime.resources.compute import ComputeResource
from glacier_runtime.resources.making import bucket_of, compute_of
from glacier_runtime.resources.specs import (
    cluster_spec,
    container_spec,
    local_spec,
    serverless_spec,
    vm_spec,
)

if TYPE_CHECKING:
    from glacier_runtime.config.clusters import ClusterConfig
    from glacier_runtime.config.containers import AnyContainerConfig
    from glacier_runtime.config.functions import FunctionConfig
    from glacier_runtime.config.machines import MachineConfig
    from glacier_runtime.config.stores import BucketConfig

__all__ = ["Provider"]


class Provider:
    """Makes the resources of one cloud, or of this machine, where every resource runs its tasks in the local process.

    Whatever only one cloud has is said by `config=` of a resource: one configuration, or a list with one for each cloud. The
    active cloud's is used; this machine ignores them all.

    Args:
        config: `LocalConfig()`, `AwsConfig(region=...)`, `GcpConfig(project_id=...)` or `AzureConfig(subscription_id=...)`.

    Raises:
        DefinitionError: GLC107, if that is no configuration of a cloud.

    Example:
        >>> from glacier_runtime.config import LambdaConfig, LocalConfig, S3Config
        >>> provider = Provider(config=LocalConfig(base_path="data"))
        >>> lake = provider.bucket("lake", config=S3Config(storage_class="STANDARD_IA"))
        >>> small = provider.serverless(memory_mib=512, config=[LambdaConfig(ephemeral_storage_mib=2048)])
    """

    def __init__(self, *, config: CloudConfig) -> None:
        if not isinstance(config, get_args(CloudConfig)):
            raise DefinitionError(
                Problem(
                    code=Code.BAD_CONFIG,
                    message=f"config={config!r:.80} configures no cloud",
                    fix="give LocalConfig(), AwsConfig(...), GcpConfig(...) or AzureConfig(...), or use Provider.from_env()",
                )
            )
        self.config: CloudConfig = config

    def __repr__(self) -> str:
        return f"Provider(config={self.config!r})"

    @property
    def cloud(self) -> str:
        """The cloud it stands for, or "local"."""
        return self.config.cloud

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Provider:
        """Make the provider that the environment asks for.

        `GLACIER_CLOUD` is `local` (the default), `aws`, `gcp` or `azure`. The rest is read from the variables that the clouds'
        own tools use; of several, the first that is set:

        - local: `GLACIER_DATA`, the folder that holds the buckets (default `data`);
        - aws: `AWS_REGION` or `AWS_DEFAULT_REGION` (needed), `AWS_PROFILE`;
        - gcp: `GOOGLE_CLOUD_PROJECT`, `GCLOUD_PROJECT` or `CLOUDSDK_CORE_PROJECT` (needed); `GOOGLE_CLOUD_REGION`,
          `GOOGLE_REGION` or `CLOUDSDK_COMPUTE_REGION`; `GOOGLE_APPLICATION_CREDENTIALS`;
        - azure: `AZURE_SUBSCRIPTION_ID` or `ARM_SUBSCRIPTION_ID` (needed); `AZURE_RESOURCE_GROUP` or
          `AZURE_DEFAULTS_GROUP`; `AZURE_LOCATION` or `AZURE_DEFAULTS_LOCATION`.

        Args:
            environ: Variables; None takes the process's.

        Raises:
            DefinitionError: GLC107, if the cloud is unknown or a variable it needs is missing or malformed.

        Example:
            >>> Provider.from_env({"GLACIER_CLOUD": "aws", "AWS_REGION": "eu-west-1"}).cloud
            'aws'
        """
        return cls(config=config_from_env(environ))

    @overload
    def bucket(
        self,
        name: str | ForeignResource,
        *,
        path: str = "",
        versioning: bool | None = None,
        protected: bool = True,
        config: BucketConfig | Sequence[BucketConfig] | None = None,
    ) -> Bucket: ...

    @overload
    def bucket(
        self,
        *,
        bucket: str | ForeignResource,
        path: str = "",
        versioning: bool | None = None,
        protected: bool = True,
        config: BucketConfig | Sequence[BucketConfig] | None = None,
    ) -> Bucket: ...

    def bucket(
        self,
        name: str | ForeignResource | None = None,
        *,
        bucket: str | ForeignResource | None = None,
        path: str = "",
        versioning: bool | None = None,
        protected: bool = True,
        config: BucketConfig | Sequence[BucketConfig] | None = None,
    ) -> Bucket:
        """Name a bucket, or a place in one.

        Args:
            name: Logical name; on this machine also the folder's. Or a bucket that Pulumi made, such as
                `pulumi_aws.s3.Bucket("my-data")`: it is referred to, not created again.
            bucket: The same as `name`; give one of them.
            path: A place in it, as `Bucket.at` takes it; empty for the whole bucket.
            versioning: Whether the store keeps replaced objects; None leaves it to the configuration, and without one it does
                not. Local folders ignore it.
            protected: Whether Terraform refuses every plan that would destroy the bucket (`prevent_destroy`), whoever made it
                necessary; False only for data that can be made again. Local folders, which nothing destroys, ignore it.
            config: What only one cloud has: `S3Config`, `GCSConfig`, `AzureBlobConfig`.

        Raises:
            DefinitionError: GLC101, for a name that a cloud could refuse; GLC102, for such a path; GLC107, for configurations that
                contradict each other or what is said here; GLC108, if none of them is for this provider's cloud.

        Example:
            >>> from glacier_runtime.config import LocalConfig
            >>> str(Provider(config=LocalConfig()).bucket(bucket="data", path="raw.parquet"))
            'data:raw.parquet'
        """
        if (name is None) == (bucket is None):
            raise DefinitionError(
                Problem(
                    code=Code.BAD_CONFIG,
                    message="a bucket needs one name, as first argument or as bucket=",
                    fix='write provider.bucket("lake")',
                )
            )
        named = name if name is not None else bucket
        assert named is not None
        return bucket_of(
            self.config,
            named,
            path=path,
            versioning=versioning,
            protected=protected,
            given=config,
        )

    def local(self, *, workers: int | None = None) -> ComputeResource:
        """Run tasks on the machine that runs the pipeline, in its process or in several of their own.

        Args:
            workers: How many processes run them, for tasks that are bound by Python: each has its share of the processors
                for Polars. None runs them in the pipeline's own process, which is better for tasks that only build queries.

        Raises:
            DefinitionError: GLC107, for no positive number.
        """
        return compute_of(local_spec(workers=workers), self.config)

    def serverless(
        self,
        *,
        memory_mib: int | None = None,
        timeout_s: int | None = None,
        memory: int | None = None,
        timeout: int | None = None,
        config: FunctionConfig | Sequence[FunctionConfig] | None = None,
    ) -> ComputeResource:
        """Run tasks as functions that the cloud starts on demand: AWS Lambda, Cloud Run functions, Azure Functions.

        Args:
            memory_mib: Memory of one function, in MiB, from 128; 1024 if neither this nor a configuration says it.
            timeout_s: Seconds after which the cloud stops it, from 1; 300 if neither this nor a configuration says it.
            memory: The same as `memory_mib`; give one of them.
            timeout: The same as `timeout_s`; give one of them.
            config: What only one cloud has: `LambdaConfig`, `CloudFunctionConfig`, `AzureFunctionConfig`.

        Raises:
            DefinitionError: GLC107, for values that no cloud accepts, and for contradictions; GLC108, if no configuration is for
                this provider's cloud. What one cloud refuses is found by `validate`.
        """
        spec = serverless_spec(
            memory_mib=memory_mib,
            timeout_s=timeout_s,
            memory=memory,
            timeout=timeout,
            config=config,
        )
        return compute_of(spec, self.config)

    def container(
        self,
        *,
        image: str | None = None,
        cpu: float | None = None,
        memory_mib: int | None = None,
        timeout_s: int | None = None,
        memory: int | None = None,
        timeout: int | None = None,
        config: AnyContainerConfig | Sequence[AnyContainerConfig] | None = None,
    ) -> ComputeResource:
        """Run tasks in containers: ECS on Fargate, Cloud Run jobs, Container Apps jobs.

        Args:
            image: The image's address; None takes the one that is built from the project.
            cpu: Processors; 1 if neither this nor a configuration says it.
            memory_mib: Memory in MiB, from 128; 2048 if neither this nor a configuration says it.
            timeout_s: Seconds after which the cloud stops it, from 1; 3600 if neither this nor a configuration says it.
            memory: The same as `memory_mib`; give one of them.
            timeout: The same as `timeout_s`; give one of them.
            config: What only one cloud has: `FargateConfig`, `CloudRunJobConfig`, `ContainerAppsJobConfig`; or `ContainerConfig`,
                which says the same in all of them.

        Raises:
            DefinitionError: As `serverless`.
        """
        spec = container_spec(
            image=image,
            cpu=cpu,
            memory_mib=memory_mib,
            timeout_s=timeout_s,
            memory=memory,
            timeout=timeout,
            config=config,
        )
        return compute_of(spec, self.config)

    def vm(
        self, *, config: MachineConfig | Sequence[MachineConfig] | None = None
    ) -> ComputeResource:
        """Run tasks on a virtual machine: EC2, Compute Engine, Azure.

        Args:
            config: Which machine: `EC2Config`, `ComputeEngineConfig`, `AzureVmConfig`.

        Raises:
            DefinitionError: GLC107, for configurations of another kind; GLC108, if none is for this provider's cloud.
        """
        return compute_of(vm_spec(config=config), self.config)

    def cluster(
        self, *, config: ClusterConfig | Sequence[ClusterConfig] | None = None
    ) -> ComputeResource:
        """Run tasks on an engine of many machines. No engine distributes one Polars query: each runs whole tasks.

        Args:
            config: Which engine: `RayConfig`, `DaskConfig`, `SparkConfig` or `DatabricksConfig` in any cloud, `EmrConfig` in AWS,
                `DataprocConfig` in Google Cloud.

        Raises:
            DefinitionError: GLC107, for configurations of another kind; GLC108, if none is for this provider's cloud.
        """
        return compute_of(cluster_spec(config=config), self.config)
