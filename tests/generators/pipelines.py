"""Pipelines of every shape, as they are for AWS: what golden trees are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Annotated, Any, Final, Literal

import polars as pl
from pydantic import BaseModel

from glacier_runtime import (
    Cron,
    Dataset,
    Grant,
    OnArrival,
    Partition,
    Pipeline,
    Previous,
    Provider,
    Secret,
    Window,
    task,
)
from glacier_runtime.config import (
    AwsConfig,
    CloudFunctionConfig,
    DatabricksConfig,
    EC2Config,
    EmrConfig,
    FargateConfig,
    GCSConfig,
    LambdaConfig,
    S3Config,
)
from glacier_runtime.manifest import Manifest
from glacier_runtime.tasks import AnyTask

__all__ = ["CONNECTION", "IMAGE", "KEY", "PIPELINES", "REGION", "manifest_of"]

REGION: Final = "eu-central-1"


class Flight(BaseModel):
    """One flight."""

    day: date
    carrier: str
    delay: int


provider = Provider(config=AwsConfig(region=REGION))
lake = provider.bucket("lake", versioning=True)
small = provider.serverless(memory_mib=512, timeout_s=120)
big = provider.serverless(memory_mib=8192, timeout_s=900)

raw = Dataset("raw", storage=lake.at("raw/flights.parquet"), schema=Flight, source=True)
weather = Dataset("weather", storage=lake.at("raw/weather/"), format="csv", source=True)
clean = Dataset("clean", storage=lake.at("clean/flights.parquet"), schema=Flight)
rejected = Dataset("rejected", storage=lake.at("clean/rejected.parquet"))
hourly = Dataset("hourly", storage=lake.at("clean/weather.parquet"))
delays = Dataset("delays", storage=lake.at("marts/delays.parquet"))
carriers = Dataset("carriers", storage=lake.at("marts/carriers.parquet"))
report = Dataset("report", storage=lake.at("marts/report.csv"))
by_day = Dataset("by_day", storage=lake.at("by_day/"), schema=Flight, partition_by="day")
history = Dataset("history", storage=lake.at("marts/history.parquet"), schema=Flight)

Raw = Annotated[pl.LazyFrame, raw]
Weather = Annotated[pl.LazyFrame, weather]
Clean = Annotated[pl.LazyFrame, clean]
Rejected = Annotated[pl.LazyFrame, rejected]
Hourly = Annotated[pl.LazyFrame, hourly]
Delays = Annotated[pl.LazyFrame, delays]
Carriers = Annotated[pl.LazyFrame, carriers]
Report = Annotated[pl.LazyFrame, report]
ByDay = Annotated[pl.LazyFrame, by_day]
History = Annotated[pl.LazyFrame, history]


@small.task(name="clean")
def clean_flights(raw: Raw) -> Clean:
    """Keep the flights that arrived."""
    return raw.filter(pl.col("delay").is_not_null())


@big.task(retries=2)
def measure_delays(flights: Clean) -> Delays:
    """Say how late each carrier is.

    The median, because one flight that is a day late says little about the others.
    """
    return flights


@small.task
def write_report(late: Delays) -> Report:
    """Lay it out for people."""
    return late


def chain() -> Pipeline:
    """One task after the other."""
    return Pipeline(name="chain", tasks=[clean_flights, measure_delays, write_report])


@small.task
def label_weather(observations: Weather) -> Hourly:
    """Name the weather of each hour."""
    return observations


@small.task
def join_weather(flights: Clean, hours: Hourly) -> Delays:
    """Put flights beside their weather."""
    return flights.join(hours, on="day")


def fan_in() -> Pipeline:
    """Two tasks that one waits for."""
    return Pipeline(name="fan-in", tasks=[clean_flights, label_weather, join_weather])


@small.task
def part(raw: Raw) -> tuple[Clean, Rejected]:
    """Part the flights that arrived from those that did not."""
    return raw, raw


@small.task
def count_rejected(flights: Rejected) -> Carriers:
    """Count by reason."""
    return flights


def fan_out() -> Pipeline:
    """Two tasks that wait for one."""
    return Pipeline(name="fan_out", tasks=[part, measure_delays, count_rejected])


@small.task
def rank_carriers(flights: Clean) -> Carriers:
    """Order carriers by delay."""
    return flights


@small.task
def compare(late: Delays, ranks: Carriers) -> Report:
    """Lay delays beside ranks."""
    return late.join(ranks, on="carrier")


def diamond() -> Pipeline:
    """One before two before one."""
    return Pipeline(name="diamond", tasks=[clean_flights, measure_delays, rank_carriers, compare])


@small.task
def split_by_day(raw: Raw, since: date = date(2013, 1, 1)) -> ByDay:
    """Write one file a day."""
    return raw.filter(pl.col("day") >= since)


@small.task
def sum_up_days(days: ByDay, logical_date: date) -> Delays:
    """Read every day again."""
    return days.filter(pl.col("day") <= logical_date)


def partitioned() -> Pipeline:
    """A folder of files; run parameters."""
    return Pipeline(name="partitioned", tasks=[split_by_day, sum_up_days])


@small.task
def fetch(
    token: Annotated[str, Secret("api-token")], user: Annotated[str, Secret("api-user")]
) -> Hourly:
    """Ask an interface that wants to know who asks."""
    return pl.LazyFrame({"letters": [len(token) + len(user)]})


@small.task
def publish(late: Hourly, token: Annotated[str, Secret("api-token")]) -> Report:
    """Tell another one."""
    del token
    return late


def secrets() -> Pipeline:
    """Two secrets, one of them read by two tasks."""
    return Pipeline(name="secrets", tasks=[fetch, publish])


inbox, marts, shared = (provider.bucket(name) for name in ("inbox", "marts", "shared_by_all"))
letters = Dataset("letters", storage=inbox.at("letters/"), format="ndjson", source=True)
opened = Dataset("opened", storage=shared.at("opened.parquet"))
counts = Dataset("counts", storage=marts.at("counts.parquet"))
totals = Dataset("totals", storage=marts.at("totals.parquet"))


@small.task
def open_letters(
    letters: Annotated[pl.LazyFrame, letters],
) -> tuple[Annotated[pl.LazyFrame, opened], Annotated[pl.LazyFrame, counts]]:
    """Write to two buckets, and keep the record in the first."""
    return letters, letters


@small.task
def total(counts: Annotated[pl.LazyFrame, counts]) -> Annotated[pl.LazyFrame, totals]:
    """Read from a bucket whose records lie in another."""
    return counts


def several_buckets() -> Pipeline:
    """A dataset that does not lie where its producer keeps its records."""
    return Pipeline(name="letters", tasks=[open_letters, total])


def scheduled() -> Pipeline:
    """By the clock, where somebody lives."""
    return Pipeline(
        name="scheduled",
        tasks=[clean_flights],
        description="What the night shift wants to know by six.",
        schedule=Cron("*/20 4-5 * * 1-5", timezone="Europe/Berlin"),
    )


def arriving() -> Pipeline:
    """When somebody drops files, and by nothing else."""
    return Pipeline(
        name="arriving",
        tasks=[label_weather],
        trigger=OnArrival(weather, timezone="Europe/Berlin"),
    )


dropped = Dataset(
    "dropped", storage=lake.at("in/dropped/"), schema=Flight, partition_by="day", source=True
)


@small.task
def take_day(dropped: Annotated[pl.LazyFrame, dropped], day: Partition[date]) -> ByDay:
    """Take over what was dropped of a day."""
    return dropped.filter(pl.col("day") == day)


def arriving_days() -> Pipeline:
    """When a day is dropped; and by the clock, for those that nobody drops."""
    return Pipeline(
        name="arriving-days",
        tasks=[take_day],
        schedule=Cron("0 5 * * *"),
        trigger=OnArrival(dropped, overlap="allow"),
    )


@small.task(retries=5)
def append(new: Clean, before: Previous[History]) -> History:
    """Add today's flights to all that were."""
    return pl.concat([before, new])


@small.task
def compare_with_yesterday(history: Previous[History]) -> Report:
    """Read what the run before this one left; wait for nobody."""
    return history


def previous() -> Pipeline:
    """A table that grows."""
    return Pipeline(name="previous", tasks=[clean_flights, append, compare_with_yesterday])


scratch = provider.bucket("scratch", protected=False)
noise = Dataset("noise", storage=scratch.at("noise.parquet"))


@small.task(retries=20)
def make_noise() -> Annotated[pl.LazyFrame, noise]:
    return pl.LazyFrame({"n": [1]})


def plain() -> Pipeline:
    """No input, no schedule, nothing worth protecting, and not a word about it."""
    return Pipeline(name="plain", tasks=[make_noise])


def two_chains() -> Pipeline:
    """Two that know nothing of each other, in an account of their own, with tags."""
    tags = {"cost centre": "42", "owner": "flights@example.org", "größe": "S", "for": "a team"}
    config = AwsConfig(region="eu-west-1", account_id="210987654321", tags=tags)
    own = Provider(config=config)
    pond, function = own.bucket("pond"), own.serverless()
    sources = [Dataset(f"source-{n}", storage=pond.at(f"{n}.csv"), source=True) for n in (1, 2)]
    between = [Dataset(f"between-{n}", storage=pond.at(f"between/{n}.csv")) for n in (1, 2)]
    ends = [Dataset(f"end-{n}", storage=pond.at(f"end/{n}.csv")) for n in (1, 2)]

    def copying(name: str, read: Dataset, written: Dataset) -> AnyTask:
        def copy(it: Annotated[pl.LazyFrame, read]) -> Annotated[pl.LazyFrame, written]:
            """Take it from here to there."""
            return it

        return function.task(name=name)(copy)

    first = [copying(f"begin-{n + 1}", sources[n], between[n]) for n in (0, 1)]
    second = [copying(f"go-on-{n + 1}", between[n], ends[n]) for n in (0, 1)]
    return Pipeline(name="two_chains", tasks=[*first, *second])


KEY = f"arn:aws:kms:{REGION}:123456789012:key/0a1b2c3d-4e5f-6789-abcd-ef0123456789"

pond = provider.bucket(
    "pond",
    config=[
        S3Config(storage_class="INTELLIGENT_TIERING", encryption="aws:kms", kms_key_arn=KEY),
        GCSConfig(storage_class="NEARLINE"),
    ],
)
attic = provider.bucket("attic", config=S3Config(storage_class="STANDARD_IA", versioning=True))
told = provider.serverless(
    config=[
        LambdaConfig(
            memory=2048,
            runtime="python3.11",
            layers=[f"arn:aws:lambda:{REGION}:123456789012:layer:fonts:3"],
            ephemeral_storage=4096,
        ),
        CloudFunctionConfig(memory=4096),
    ]
)
parcels = Dataset("parcels", storage=pond.at("parcels/"), format="ndjson", source=True)
unpacked = Dataset("unpacked", storage=attic.at("unpacked.parquet"))
weights = Dataset("weights", storage=pond.at("weights.parquet"))


@told.task
def unpack(parcels: Annotated[pl.LazyFrame, parcels]) -> Annotated[pl.LazyFrame, unpacked]:
    """Read from a bucket with a key, and write to one without."""
    return parcels


@told.task
def weigh(unpacked: Annotated[pl.LazyFrame, unpacked]) -> Annotated[pl.LazyFrame, weights]:
    """Write to the bucket with the key."""
    return unpacked


def configured() -> Pipeline:
    """What only AWS has: classes of storage, keys, disks, layers; what only others have is for them."""
    return Pipeline(name="configured", tasks=[unpack, weigh])


def _pulumi(kind: str, name: str) -> Any:
    """Return what Glacier sees of an object of Pulumi."""
    return SimpleNamespace(urn=object(), _type=kind, _name=name)


theirs = provider.bucket(_pulumi("aws:s3/bucket:Bucket", "my-data"))
requests = Dataset("requests", storage=theirs.at("requests/"), format="ndjson", source=True)
classes = Dataset("classes", storage=theirs.at("classes/"))
tallies = Dataset("tallies", storage=lake.at("tallies.parquet"))


@task(compute=_pulumi("aws:lambda/function:Function", "my-function"))
def classify(requests: Annotated[pl.LazyFrame, requests]) -> Annotated[pl.LazyFrame, classes]:
    """Run where it ran before."""
    return requests


@small.task
def tally(classes: Annotated[pl.LazyFrame, classes]) -> Annotated[pl.LazyFrame, tallies]:
    """Read from a bucket that is not ours."""
    return classes


def existing() -> Pipeline:
    """A bucket and a function that Pulumi made, beside ours."""
    return Pipeline(name="existing", tasks=[classify, tally])


ALERTS = f"arn:aws:sns:{REGION}:123456789012:late-flights"


@small.task(
    grants=[
        Grant(
            actions=["sns:Publish"], resources=[ALERTS], reason="tells the night shift what is late"
        ),
        Grant(
            actions=["s3:GetObject", "s3:ListBucket"],
            resources=[pond.at("letters/"), pond.at("stamps/first.csv"), inbox.at("index.json")],
            reason="looks up what partners lay there, ${whoever} they are",
        ),
    ]
)
def announce(late: Annotated[pl.LazyFrame, counts]) -> Annotated[pl.LazyFrame, totals]:
    """Do more than a signature can say."""
    return late


@small.task(
    grants=[
        Grant(
            actions=["xray:PutTraceSegments"],
            resources=["*"],
            reason="sends traces, which belong to no resource",
        ),
        Grant(
            actions=["s3:PutObject"],
            resources=[pond.at("drop/")],
            reason="leaves a copy for partners",
        ),
        Grant(
            actions=["s3:ListBucket"], resources=[lake.at("stamps/")], reason="counts what is there"
        ),
    ]
)
def count_letters(letters: Annotated[pl.LazyFrame, letters]) -> Annotated[pl.LazyFrame, counts]:
    """Touch buckets that its signature does not name."""
    return letters


def granted() -> Pipeline:
    """Rights that no signature can say."""
    return Pipeline(name="granted", tasks=[count_letters, announce])


contained = provider.container(cpu=1, memory_mib=4096, timeout_s=1800)
ranked = Dataset("ranked", storage=lake.at("marts/ranked.parquet"))
drawn = Dataset("drawn", storage=pond.at("drawn.parquet"))
IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/maps@sha256:{'a' * 64}"
own_image = provider.container(
    image=IMAGE,
    timeout_s=60,
    config=FargateConfig(cpu=4, memory_mib=8192, architecture="ARM64", ephemeral_storage_gib=50),
)


@contained.task(retries=2)
def rank(flights: Clean, late: Delays) -> Annotated[pl.LazyFrame, ranked]:
    """Need more than a function has, in the image of the project."""
    return flights.join(late, on="carrier")


@own_image.task
def draw(
    flights: Clean, token: Annotated[str, Secret("api-token")]
) -> Annotated[pl.LazyFrame, drawn]:
    """Run in an image of its own, on a disk of its own, and write to a bucket with a key."""
    del token
    return flights


def containers() -> Pipeline:
    """Functions and containers, one state machine."""
    return Pipeline(name="containers", tasks=[clean_flights, measure_delays, rank, draw])


machine = provider.vm(config=EC2Config(instance_type="r6i.4xlarge", timeout_s=7200))
beside = provider.vm(
    config=EC2Config(
        instance_type="x2idn.16xlarge",
        cpu=16,
        memory_mib=262_144,
        disk_gib=500,
        spot=True,
        ami="ami-0a1b2c3d4e5f67890",
        security_group="sg-0a1b2c3d",
    )
)


@machine.task(retries=2)
def train(flights: Clean, late: Delays) -> Annotated[pl.LazyFrame, ranked]:
    """Need more than a container has."""
    return flights.join(late, on="carrier")


@machine.task
def explain(ranks: Annotated[pl.LazyFrame, ranked]) -> Carriers:
    """Run on a machine like that of another task."""
    return ranks


@beside.task
def draw_all(flights: Clean) -> Annotated[pl.LazyFrame, drawn]:
    """Say everything of its machine, and write to a bucket with a key."""
    return flights


def machines() -> Pipeline:
    """Functions and machines, one state machine."""
    return Pipeline(
        name="machines", tasks=[clean_flights, measure_delays, train, explain, draw_all]
    )


public = provider.container(image="ghcr.io/example/noise:1.4", cpu=0.25, memory_mib=512)


@public.task(name="make_noise")
def make_noise_elsewhere() -> Annotated[pl.LazyFrame, noise]:
    return pl.LazyFrame({"n": [1]})


def only_containers() -> Pipeline:
    """No function at all, and an image that nobody signs in for."""
    return Pipeline(name="only-containers", tasks=[make_noise_elsewhere])


by_region = Dataset(
    "by_region", storage=lake.at("by_region/"), schema=Flight, partition_by=["carrier", "day"]
)
balances = Dataset("balances", storage=lake.at("balances/"), schema=Flight, partition_by="day")
Balances = Annotated[pl.LazyFrame, balances]
three_boxes = provider.container(
    cpu=1, memory_mib=4096, timeout_s=1800, config=FargateConfig(partitions_at_once=3)
)


@small.task(retries=1)
def split_one_day(raw: Raw, day: Partition[date]) -> ByDay:
    """Make one day."""
    return raw.filter(pl.col("day") == day)


@three_boxes.task(retries=1)
def split_one_carrier(
    days: ByDay, carrier: Partition[Literal["AA", "UA"]], day: Partition[date]
) -> Annotated[pl.LazyFrame, by_region]:
    """Make one day of one carrier, in a container."""
    return days.filter(carrier=carrier, day=day)


@small.task
def carry_on(
    days: ByDay, before: Annotated[Previous[Balances], Window(-1, -1)], day: Partition[date]
) -> Balances:
    """Make one day from the day before it."""
    return pl.concat([before, days]).filter(day=day)


def keyed() -> Pipeline:
    """Tasks that make one partition each time, started by the clock."""
    return Pipeline(
        name="keyed",
        tasks=[split_one_day, split_one_carrier, carry_on, sum_up_days],
        schedule=Cron("0 5 * * *", overlap="skip"),
    )


SPARK = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/spark@sha256:{'b' * 64}"
spark = provider.cluster(config=EmrConfig(release="emr-7.5.0", image=SPARK))
large = provider.cluster(
    config=EmrConfig(
        release="emr-7.9.0",
        image=SPARK,
        driver_cpu=16,
        driver_memory_mib=122_880,
        timeout_s=86_400,
    )
)


@spark.task(retries=2)
def score(flights: Clean, late: Delays) -> Annotated[pl.LazyFrame, ranked]:
    """Run where the company's Spark is."""
    return flights.join(late, on="carrier")


@spark.task
def count_drawn(
    flights: Clean, token: Annotated[str, Secret("api-token")]
) -> Annotated[pl.LazyFrame, drawn]:
    """Share an application, take a secret, and write to a bucket with a key."""
    del token
    return flights


@large.task
def sum_up(scores: Annotated[pl.LazyFrame, ranked]) -> Report:
    """Need another release, and more memory than anything else has."""
    return scores


@spark.task
def split_one_day_there(raw: Raw, day: Partition[date]) -> ByDay:
    """Make one day in a driver of its own."""
    return raw.filter(pl.col("day") == day)


def clusters() -> Pipeline:
    """Functions and job runs of EMR Serverless, one state machine."""
    jobs: list[AnyTask] = [score, count_drawn, sum_up, split_one_day_there]
    return Pipeline(name="clusters", tasks=[clean_flights, measure_delays, *jobs])


WORKSPACE = "https://dbc-1a2b3c4d-5e6f.cloud.databricks.com"
CONNECTION = f"arn:aws:events:{REGION}:123456789012:connection/databricks/1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d"
lakehouse = provider.cluster(
    config=DatabricksConfig(
        workspace=WORKSPACE,
        connection=CONNECTION,
        spark_version="15.4.x-scala2.12",
        instance_type="m6i.xlarge",
    )
)
long_lived = provider.cluster(
    config=DatabricksConfig(
        workspace=WORKSPACE,
        connection=CONNECTION,
        spark_version="15.4.x-scala2.12",
        instance_type="r6i.8xlarge",
        disk_gib=500,
        timeout_s=86_400,
    )
)


@lakehouse.task(retries=2)
def appraise(flights: Clean, late: Delays) -> Annotated[pl.LazyFrame, ranked]:
    """Run where the company's Databricks is."""
    return flights.join(late, on="carrier")


@long_lived.task
def count_long(
    scores: Annotated[pl.LazyFrame, ranked], token: Annotated[str, Secret("api-token")]
) -> Annotated[pl.LazyFrame, drawn]:
    """Take a day, a secret, and a bucket with a key."""
    del token
    return scores


@lakehouse.task
def split_one_day_far(raw: Raw, day: Partition[date]) -> ByDay:
    """Make one day on a machine of its own."""
    return raw.filter(pl.col("day") == day)


def databricks() -> Pipeline:
    """Functions and runs of Databricks, one state machine."""
    runs: list[AnyTask] = [appraise, count_long, split_one_day_far]
    return Pipeline(name="databricks", tasks=[clean_flights, measure_delays, *runs])


PIPELINES: Final[Mapping[str, Callable[[], Pipeline]]] = {
    make.__name__: make
    for make in (
        chain,
        fan_in,
        fan_out,
        diamond,
        partitioned,
        keyed,
        secrets,
        several_buckets,
        scheduled,
        arriving,
        arriving_days,
        previous,
        plain,
        two_chains,
        configured,
        existing,
        granted,
        containers,
        machines,
        only_containers,
        clusters,
        databricks,
    )
}


def manifest_of(name: str) -> Manifest:
    """Return the manifest of one of them."""
    return PIPELINES[name]().manifest
