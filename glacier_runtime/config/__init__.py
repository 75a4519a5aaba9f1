"""Every configuration: of clouds, of stores, of what runs tasks. Frozen, checked when made, without credentials."""

from typing import TYPE_CHECKING

from glacier_runtime.doors import lazy_names

if TYPE_CHECKING:
    from glacier_runtime.config.clouds import (
        AwsConfig,
        AzureConfig,
        CloudScope,
        GcpConfig,
        LocalConfig,
    )
    from glacier_runtime.config.clusters import (
        DaskConfig,
        DatabricksConfig,
        DataprocConfig,
        EmrConfig,
        RayConfig,
        SparkConfig,
    )
    from glacier_runtime.config.containers import (
        CloudRunJobConfig,
        ContainerAppsJobConfig,
        ContainerConfig,
        FargateConfig,
    )
    from glacier_runtime.config.functions import (
        AzureFunctionConfig,
        CloudFunctionConfig,
        LambdaConfig,
    )
    from glacier_runtime.config.machines import AzureVmConfig, ComputeEngineConfig, EC2Config
    from glacier_runtime.config.stores import AzureBlobConfig, GCSConfig, S3Config

__all__ = [
    "AwsConfig",
    "AzureBlobConfig",
    "AzureConfig",
    "AzureFunctionConfig",
    "AzureVmConfig",
    "CloudFunctionConfig",
    "CloudRunJobConfig",
    "CloudScope",
    "ComputeEngineConfig",
    "ContainerAppsJobConfig",
    "ContainerConfig",
    "DaskConfig",
    "DatabricksConfig",
    "DataprocConfig",
    "EC2Config",
    "EmrConfig",
    "FargateConfig",
    "GCSConfig",
    "GcpConfig",
    "LambdaConfig",
    "LocalConfig",
    "RayConfig",
    "S3Config",
    "SparkConfig",
]

_HOMES = {
    "AwsConfig": "config.clouds",
    "AzureBlobConfig": "config.stores",
    "AzureConfig": "config.clouds",
    "AzureFunctionConfig": "config.functions",
    "AzureVmConfig": "config.machines",
    "CloudFunctionConfig": "config.functions",
    "CloudRunJobConfig": "config.containers",
    "CloudScope": "config.clouds",
    "ComputeEngineConfig": "config.machines",
    "ContainerAppsJobConfig": "config.containers",
    "ContainerConfig": "config.containers",
    "DaskConfig": "config.clusters",
    "DatabricksConfig": "config.clusters",
    "DataprocConfig": "config.clusters",
    "EC2Config": "config.machines",
    "EmrConfig": "config.clusters",
    "FargateConfig": "config.containers",
    "GCSConfig": "config.stores",
    "GcpConfig": "config.clouds",
    "LambdaConfig": "config.functions",
    "LocalConfig": "config.clouds",
    "RayConfig": "config.clusters",
    "S3Config": "config.stores",
    "SparkConfig": "config.clusters",
}


if not TYPE_CHECKING:  # or type checkers would believe that every name exists
    __getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return list(__all__)
