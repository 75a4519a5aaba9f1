"""The table of stable codes: scripts and people may search for them. `docs/errors.md` is made from it."""

from __future__ import annotations

from enum import Enum

__all__ = ["Code"]


class Code(Enum):
    """The stable code of a problem, with one line that says when it is reported."""

    BAD_NAME = "GLC101", "a name breaks the rules that every cloud can keep"
    BAD_LOCATION = (
        "GLC102",
        "a storage path is absolute, escapes its bucket or has characters a store refuses",
    )
    BAD_FORMAT = "GLC103", "a dataset's format is unknown or does not suit its path"
    BAD_SCHEMA = (
        "GLC104",
        "a schema field has no Polars dtype, or a rule that cannot be an expression",
    )
    BAD_DATASET = "GLC105", "options of a dataset contradict each other"
    BAD_SCHEDULE = "GLC106", "a cron expression or a time zone is not valid"
    BAD_CONFIG = "GLC107", "a provider or resource configuration is not valid"
    CONFIG_MISSING = "GLC108", "a resource has no configuration for the cloud where it is to be"
    BAD_GRANT = (
        "GLC109",
        "a right that a task is given by hand is too wide, has no known form or no reason",
    )
    BAD_RENAME = (
        "GLC116",
        "renamed_from= says no name, the own one, one that something still has, or one that two say",
    )
    BAD_KEY = (
        "GLC120",
        "a key of a dataset names columns that cannot be one, or its rows are not checked",
    )
    BAD_QUARANTINE = (
        "GLC121",
        "what a dataset says about rows that break rules contradicts itself, or rejects are used that it has not",
    )

    NO_ANNOTATION = "GLC201", "a task's parameter or return value has no annotation"
    UNRESOLVED_ANNOTATION = "GLC202", "an annotation names something that cannot be found"
    NO_DATASET_RETURNED = "GLC203", "a task's return annotation names no dataset"
    BAD_CARRIER = "GLC204", "a dataset is annotated with a Python type that cannot carry it"
    BAD_PARAMETER_KIND = "GLC205", "a task has *args, **kwargs or positional-only parameters"
    DATASET_REPEATED = (
        "GLC206",
        "an annotation names two datasets, or a task returns one dataset twice",
    )
    BAD_PREVIOUS = "GLC207", "Previous[...] is used where no previous version can exist"
    BAD_PARAMETER_TYPE = (
        "GLC208",
        "a run parameter has a type or a default that pydantic cannot validate",
    )
    NOT_A_FUNCTION = "GLC209", "a task decorates something other than a plain function"
    BAD_DEPENDS_ON = "GLC210", "depends_on names something that is no task"
    BAD_CALL = "GLC211", "a traced pipeline calls a task with arguments that it does not take"
    NOT_TRACEABLE = "GLC212", "a traced pipeline does with a result what only a run could do"
    BAD_COMPUTE = "GLC213", "compute= is given something that runs no tasks"
    BAD_PARTITION = (
        "GLC214",
        "a partition parameter is of a type that can be no key, or has a default",
    )
    PARTITIONS_UNMATCHED = (
        "GLC215",
        "a task's partition parameters are not the columns that partition all that it returns",
    )
    BAD_MAPPING = "GLC216", "a mapping of partitions stands where it means nothing"
    BAD_WATERMARK = "GLC217", "a watermark is of a column that cannot be one, or of another type"

    CYCLE = "GLC301", "tasks depend on each other in a circle"
    TWO_PRODUCERS = "GLC302", "two tasks write one dataset"
    NO_PRODUCER = "GLC303", "a task reads a dataset that no task makes and that is no source"
    SOURCE_PRODUCED = "GLC304", "a task writes a dataset that is declared a source"
    DATASET_NAME_TAKEN = "GLC305", "two datasets of a pipeline share a name"
    LOCATIONS_OVERLAP = (
        "GLC306",
        "two datasets share a place in storage, or one lies inside another",
    )
    TASK_NAME_TAKEN = "GLC307", "two tasks of a pipeline share a name"
    MIXED_CLOUDS = (
        "GLC308",
        "resources of one pipeline belong to different clouds, regions or accounts",
    )
    NOT_PERSISTED = (
        "GLC309",
        "a dataset without storage would have to cross from one machine to another",
    )
    NOT_DEPLOYABLE = (
        "GLC310",
        "a task bound to provider.local() is part of a pipeline for a cloud, which does not say what it becomes there",
    )
    CLOUD_LIMIT = "GLC311", "a resource, a name or a schedule is beyond what its cloud offers"
    PARAMETER_DIFFERS = "GLC312", "two tasks declare one run parameter with other types or defaults"
    DTYPE_NOT_STORABLE = "GLC313", "a dataset's format cannot hold a dtype of its schema"
    NO_TASKS = "GLC314", "a pipeline has no tasks, or something that is no task"
    UNKNOWN_DEPENDENCY = "GLC315", "a task waits for one that its pipeline does not have"
    NOT_IN_PIPELINE = "GLC316", "a pipeline is asked about a task that it does not have"
    PARTITIONS_DIFFER = "GLC317", "tasks mean different things by one partition column"
    REJECTS_OF_PARTITIONS = (
        "GLC318",
        "the rejects of a dataset that is made by partitions lie where they cannot be kept apart",
    )
    PARTITION_UNSCHEDULED = (
        "GLC319",
        "a schedule starts a task whose partition key does not follow from a logical date, and is not listed by its type",
    )
    GRANT_ELSEWHERE = (
        "GLC320",
        "a task is given rights by hand in a cloud that has no place for them yet",
    )
    PARTITION_APPENDED = (
        "GLC321",
        "a task makes one partition at a time of a table that only adds rows",
    )

    UNKNOWN_COLUMN = "GLC401", "a task uses a column that its inputs do not have"
    COLUMN_MISSING = "GLC402", "a task's output lacks a column that its dataset declares"
    COLUMN_DTYPE = (
        "GLC403",
        "a column of a task's output has another dtype than its dataset declares",
    )
    COLUMN_UNDECLARED = "GLC404", "a task's output has a column that its dataset does not declare"
    QUERY_INVALID = "GLC405", "Polars refuses a task's query for the declared input schemas"
    WRONG_RETURN = "GLC406", "a task returned something other than its annotation says"

    SOURCE_UNREADABLE = "GLC430", "a file is no Python, or cannot be read"
    STARTS_PROGRAM = "GLC431", "a task, or what it calls, starts another program"
    USES_NETWORK = "GLC432", "a task, or what it calls, talks to the network"
    RUNS_DATA = "GLC433", "a task, or what it calls, runs data as code: eval, pickle, yaml.load"
    UNDECLARED_DATA = (
        "GLC434",
        "a task, or what it calls, reads or writes data that its signature does not name",
    )
    READS_ENVIRONMENT = "GLC435", "a task, or what it calls, reads environment variables"
    BAD_ALLOWANCE = "GLC436", "a comment allows a dangerous call without a reason, or names no code"
    NOTHING_TO_READ = "GLC438", "a path to analyze does not exist or holds no Python"

    DATA_MISSING = "GLC501", "the data of a dataset is not where it should be"
    DATA_UNREADABLE = "GLC502", "the data of a dataset cannot be read in its format"
    DATA_SCHEMA = "GLC503", "the data of a source does not have the declared columns and dtypes"
    RULE_BROKEN = "GLC504", "rows break a rule of their schema; nothing was published"
    DATASET_BUSY = "GLC505", "another run is writing the dataset"
    VERSION_DAMAGED = (
        "GLC506",
        "a committed file or record was changed or removed behind Glacier's back",
    )
    STORE_UNSUPPORTED = "GLC507", "this version cannot run against the store of that cloud"
    WRITE_FAILED = "GLC508", "writing failed (disk full, no permission); nothing was published"
    PATH_TAKEN = (
        "GLC509",
        "a dataset's path holds data that Glacier did not write and would replace",
    )
    STORE_LIBRARY_MISSING = "GLC510", "the library for a cloud's object store is not installed"
    NO_BINDINGS = "GLC511", "physical names of buckets are not given, or not for this bucket"
    STORE_UNREACHABLE = "GLC512", "an object store cannot be reached, or failed"
    STORE_DENIED = "GLC513", "an object store refused access, or the bucket does not exist"
    NO_PLAN = "GLC515", "the frozen plan of what was shipped is missing or cannot be read"
    TASK_UNKNOWN = "GLC516", "a task is asked for that the plan or the code does not have"
    CLOUD_UNKNOWN = (
        "GLC517",
        "a task is run without saying in which cloud, or in another than its data's",
    )
    BAD_REQUEST = "GLC518", "a request to run a task lacks something or is malformed"
    SOURCE_CHANGED = (
        "GLC520",
        "a source was changed while it was read; nothing was published from it",
    )
    PARTITIONS_COLLIDE = "GLC530", "two partitions of a dataset would have files of one name"
    BAD_RETENTION = (
        "GLC531",
        "how many versions to keep, or how long, is not said in a way that can be meant",
    )
    TABLE_LIBRARY_MISSING = "GLC540", "the library of a table format is not installed"
    TABLE_DIFFERS = "GLC541", "a Delta or Iceberg table has other columns than its dataset"
    TABLE_UNCHANGED = (
        "GLC542",
        "a published version could not be brought into its Delta or Iceberg table; the next run tries again",
    )
    CATALOG_MISSING = (
        "GLC543",
        "an Iceberg table has no catalog, or the catalog does not know it here",
    )
    BAD_TABLE_OPTIONS = "GLC544", "options of a Delta or Iceberg format contradict each other"
    MOMENT_GONE = "GLC545", "data is asked for as of a version or a moment that is not there"
    BAD_AS_OF = "GLC546", "`AsOf` says no version and no moment, or stands where it cannot"

    TASK_FAILED = "GLC601", "a task raised an exception"
    PARAMETER_UNKNOWN = "GLC602", "a run parameter is given that no task declares"
    PARAMETER_INVALID = "GLC603", "a run parameter does not have the declared type"
    PARAMETER_REQUIRED = "GLC604", "a run parameter without a default is not given"
    NO_EXECUTOR = "GLC605", "no executor or mode of that name is installed"
    SECRET_MISSING = "GLC606", "a secret has no value"
    SECRET_GIVEN = "GLC607", "a secret is given as a run parameter"
    SECRET_UNREADABLE = "GLC608", "a secret, or what holds it, cannot be read"
    SECRET_STORE_FAILED = "GLC609", "the store of secrets does not answer"
    TIME_LIMIT = "GLC610", "a task did not end within its time limit; nothing was published"
    PROCESS_DIED = "GLC611", "the process of a task was killed, crashed or ended by itself"
    TASK_UNREACHABLE = (
        "GLC612",
        "a task that runs in a process of its own cannot be found by another process",
    )
    NOT_HANDED_OVER = (
        "GLC613",
        "a process for a task could not start, or what the task takes or returns cannot be passed to another process",
    )
    MEMORY_BUDGET = (
        "GLC614",
        "the query of a task may hold more than the memory budget, or the budget is no number",
    )
    HISTORY_UNWRITABLE = "GLC615", "the history of a run cannot be written down"
    RUN_UNKNOWN = (
        "GLC616",
        "a run is asked for that the history does not have, or several are meant",
    )
    OBSERVER_UNKNOWN = "GLC617", "an observer of runs is named that is not installed"
    OBSERVER_FAILED = "GLC618", "an observer of runs raised, or was not done in time"
    TASK_EDITED = (
        "GLC619",
        "the code of a task was edited during a run, before a process of its own imported it",
    )
    TESTING_LIBRARY_MISSING = (
        "GLC620",
        "a test asks for what hypothesis makes, and it is not installed",
    )
    TESTING_NAME_UNKNOWN = (
        "GLC621",
        "a test names a dataset, a task or a secret that the task or pipeline does not have",
    )
    TESTING_INPUT_MISSING = "GLC622", "a test runs a task without one of its inputs"
    TESTING_INPUT_UNFIT = (
        "GLC623",
        "what a test gives as a dataset is not what the dataset declares",
    )
    TESTING_RULE_BROKEN = (
        "GLC624",
        "rows that a test gives break rules that the task which makes them could not break",
    )
    TESTING_NO_EXAMPLE = "GLC625", "no example rows can be made for a schema"
    TESTING_CONFLICT = "GLC626", "a test replaces a dataset whose task has to run for another one"
    BAD_SOURCE_FINGERPRINT = "GLC627", "the fingerprint() of a source says no text"
    CLOUD_RUN_REFUSED = (
        "GLC628",
        "a run in a cloud is asked for something that it, or the workflow there, cannot do",
    )
    CLOUD_LIBRARY_MISSING = "GLC629", "the library by which a cloud is asked is not installed"

    PARTITION_MISSING = (
        "GLC630",
        "a task reads a partition that was never made, or that a source does not have",
    )
    PARTITION_REQUIRED = "GLC631", "a task makes one partition, and it is not said which"
    PARTITION_INVALID = "GLC632", "a partition key is malformed, or of a column that has none"
    PARTITION_ROWS = (
        "GLC633",
        "a task that makes one partition returned rows of another; nothing was published",
    )
    PARTITION_RANGE = "GLC634", "a range of partition keys cannot be counted, or is empty"
    NOT_DEPLOYED = "GLC635", "the pipeline, or a task of it, is not deployed where it is asked for"
    CLOUD_DENIED = "GLC636", "a cloud knows no credentials here, or they may not do what is asked"
    CLOUD_UNREACHABLE = "GLC637", "a cloud did not answer, or asked for patience too long"
    CLOUD_RUN_FAILED = (
        "GLC638",
        "a run in a cloud failed, was stopped, or ran out of time, beyond what a task says itself",
    )
    CODE_DIFFERS = "GLC639", "the code that is deployed is not the code here (a warning)"
    ARRIVAL_WITHOUT_KEY = "GLC640", "the name of a file does not say which partition it is of"

    NO_PIPELINE = "GLC701", "no pipeline is named, and none is configured"
    IMPORT_FAILED = "GLC702", "the pipeline's module cannot be imported"
    NOT_A_PIPELINE = "GLC703", "the named object does not exist or is no pipeline"
    BAD_PROJECT = "GLC704", "pyproject.toml or its [tool.glacier] table cannot be read"
    NO_CLOUD = "GLC705", "a command needs to know the cloud, and pyproject.toml names none"
    CLOUD_SETTINGS = (
        "GLC706",
        "what pyproject.toml says about a cloud is unknown, missing, or not what the code says",
    )
    READER_FAILED = (
        "GLC707",
        "the process that reads the pipeline for its cloud died, hung, or did not answer",
    )
    NO_REVISION = "GLC708", "a revision of git does not exist, or does not have the project"
    TEMPLATE_COLLISION = "GLC709", "a template's file was changed so that no update can merge it"
    GENERATED_DRIFT = "GLC710", "generated files are not what the code says"
    PIECE_MISSING = "GLC711", "a file is missing that the project cannot do without"
    OUT_OF_STEP = "GLC712", "runtime, template and tools are at versions that do not go together"
    GATE_LOST = "GLC713", "CI no longer asks for something that the template lets it ask for"
    NOT_ADOPTED = (
        "GLC714",
        "a project was not brought under the template; nothing of it was changed",
    )
    ACCEPTED_NOTHING = "GLC715", "a finding is accepted that there is not, or is not any more"

    BAD_OVERLAP = "GLC720", "it is not said what becomes of a run that would overlap another one"

    NO_DOCKER = "GLC750", "an image has to be built and pushed, and docker is not here"
    IMAGE_NOT_PUSHED = (
        "GLC751",
        "docker could not build or push an image; the tasks are as they were",
    )
    IMAGE_ELSEWHERE = (
        "GLC752",
        "the image would be pushed to another repository than the one that Terraform makes",
    )
    BAD_STAND_IN = "GLC765", "deploy_local_as= of a pipeline is nothing that a cloud runs tasks on"

    BAD_MANIFEST = (
        "GLC801",
        "a manifest is not valid, or is of a version that this release cannot read",
    )
    NOT_GENERATABLE = (
        "GLC802",
        "the cloud, or its workflow service, would refuse what the pipeline asks for",
    )
    HAND_EDITED = (
        "GLC803",
        "a generated file was edited or deleted by hand, and generation would have to change it",
    )
    NO_GENERATOR = "GLC804", "no generator for that cloud is installed"
    UNSAFE_PATH = (
        "GLC805",
        "a file to write or to ship lies outside the project, behind a link, or where another generator writes",
    )
    GENERATE_FAILED = "GLC806", "generated files could not be written"
    MERGE_CONFLICT = (
        "GLC807",
        "something in a generated file was changed by hand, and otherwise in the code",
    )
    MARKED_CONFLICT = (
        "GLC808",
        "a generated file holds the marks of a conflict that nobody has decided",
    )
    TORN_BASE = "GLC809", "git left marks in what was last generated that do not belong together"

    TERRAFORM_MISSING = (
        "GLC810",
        "neither Terraform nor OpenTofu is found, or what is found is too old",
    )
    INFRA_BEHIND = (
        "GLC811",
        "infra/ is not what the signatures of the tasks say, so nothing was deployed",
    )
    NOT_CONFIRMED = "GLC812", "nobody agreed to a change of what is deployed, or could be asked"
    TERRAFORM_FAILED = (
        "GLC813",
        "Terraform could not be prepared, or could not plan; nothing was changed",
    )
    APPLY_FAILED = (
        "GLC814",
        "Terraform did a part of its plan and failed at the rest; what was made stands",
    )
    BAD_COSTS = "GLC815", "a file of prices and assumptions cannot be understood"
    CODE_NOT_LOADED = "GLC816", "a deployed task could not be loaded where it runs"
    DATA_NOT_NAMED = "GLC817", "data is to be deleted, and the pipeline's name was not typed"
    NOT_TO_DEPLOY = (
        "GLC818",
        "nothing that is installed deploys to that cloud, or the project is not made for it",
    )
    CODE_TOO_LARGE = (
        "GLC819",
        "the code is too large for a function's archive, and no image is named",
    )
    BUILD_TARGET = "GLC821", "a Python or a processor is asked for that cannot be built for"
    BUILD_SETTINGS = (
        "GLC822",
        "what pyproject.toml says about dependencies or builds cannot be understood",
    )
    DEPENDENCY_MISSING = "GLC823", "a dependency to be shipped is not installed here"
    DEPENDENCY_VERSION = (
        "GLC824",
        "a dependency is installed, or was delivered, in another version than declared",
    )
    DEPENDENCY_UNPUBLISHED = (
        "GLC825",
        "a dependency was installed from a folder, a file or a repository, not from an index",
    )
    NO_WHEEL = "GLC826", "a dependency has no wheel for the Python and the processor of the target"
    INSTALL_FAILED = "GLC827", "pip is missing, or could not install the dependencies"
    WRONG_BINARY = "GLC828", "a compiled file is for another processor or system than the target"
    CODE_MISSING = "GLC829", "the code of a task is not part of what would be shipped"
    CODE_COLLIDES = "GLC830", "two parts of what would be shipped have a file of the same name"
    BUILD_FAILED = "GLC831", "a build could not write its files; the previous one stands"
    BUILD_BUSY = "GLC832", "another build of the project is running"
    IMAGE_ADDRESS = (
        "GLC833",
        "an image's address has no digest, or belongs to other code than the project's",
    )
    TRIGGER_OF_OWN = "GLC837", "files that a pipeline writes itself would start it for ever"
    BAD_TRIGGER = "GLC838", "a trigger is none, or is of a dataset that no task reads"
    TRIGGER_UNTOLD = "GLC839", "nothing tells a cloud that a dataset's files have arrived"

    def __init__(self, code: str, meaning: str) -> None:
        self.code = code
        self.meaning = meaning

    def __str__(self) -> str:
        return self.code
