"""The table of dangerous calls: what each does that a signature does not say, and the way out."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Final

from glacier_runtime.errors import Code

__all__ = [
    "BUCKET_METHODS",
    "CODES",
    "CONTENT_METHODS",
    "PATH_METHODS",
    "UNDECLARED",
    "Danger",
    "danger_of",
    "is_frame_output",
]


@dataclass(frozen=True, slots=True)
class Danger:
    """One kind of dangerous call.

    Attributes:
        code: Its stable code.
        what: What a task does by it.
        fix: What to write instead.
    """

    code: Code
    what: str
    fix: str


_SHELL: Final = Danger(
    Code.STARTS_PROGRAM,
    "starts another program",
    "do it in Python, or outside of the pipeline: a deployed task has no other programs",
)
_NETWORK: Final = Danger(
    Code.USES_NETWORK,
    "talks to the network",
    "read it through a dataset with source=True or a source of your own, so that it is pinned and granted",
)
_AS_CODE: Final = Danger(
    Code.RUNS_DATA,
    "runs data as code",
    'use a format that cannot run: a dataset with format="json", ast.literal_eval, yaml.safe_load, or a plain import',
)
UNDECLARED: Final = Danger(
    Code.UNDECLARED_DATA,
    "reads or writes data that its signature does not name",
    'name it in the signature: a dataset with storage, or with format="files" for what is no table',
)
_ENVIRONMENT: Final = Danger(
    Code.READS_ENVIRONMENT,
    "reads environment variables",
    'take it as a run parameter, or as a secret: token: Annotated[str, Secret("api-token")]',
)
CODES: Final = frozenset(
    danger.code.code for danger in (_SHELL, _NETWORK, _AS_CODE, UNDECLARED, _ENVIRONMENT)
)

# Regular expressions for whole dotted names; the first that matches counts.
_HARMLESS: Final = (
    r"socket\.(gethostname|inet_\w+|[nh]to[nh][sl])|urllib\.request\.(url2pathname|pathname2url)"
)
_TABLE: Final[tuple[tuple[str, Danger], ...]] = (
    (
        (
            r"os\.(system|popen|startfile|exec\w+|spawn\w+|posix_spawnp?|fork|forkpty)|subprocess\.\w+|pty\.\w+"
            r"|asyncio\.(subprocess\.)?create_subprocess_\w+|(pexpect|sh|plumbum|invoke|fabric)\..+"
        ),
        _SHELL,
    ),
    (
        (
            r"(socket|ssl|ftplib|smtplib|poplib|imaplib|nntplib|telnetlib|xmlrpc\.client|http\.client|urllib\.request)\.\w+"
            r"|asyncio\.open_(unix_)?connection"
            r"|(requests|httpx|aiohttp|urllib3|websockets?|grpc|paramiko)\..+"
            r"|(boto3|botocore|aiobotocore|obstore|s3fs|gcsfs|adlfs|fsspec|smart_open|google\.cloud|azure)\..+"
            r"|(psycopg2?|asyncpg|pymysql|mysql|sqlalchemy|pymongo|redis|kafka|confluent_kafka|snowflake|connectorx)\..+"
            r"|polars\.read_database(_uri)?"
        ),
        _NETWORK,
    ),
    (
        (
            r"builtins\.(eval|exec|compile|__import__)|runpy\.run_\w+|importlib\.import_module"
            r"|(_?pickle|cPickle|dill|cloudpickle|marshal)\.(loads?|Unpickler)|joblib\.load|shelve\.open|torch\.load"
            r"|(pandas|polars)\.read_pickle|yaml\.(load|load_all|unsafe_load|unsafe_load_all|full_load|full_load_all)"
            r"|ctypes\.(CDLL|PyDLL|cdll\..+)"
        ),
        _AS_CODE,
    ),
    (
        (
            r"(builtins|io|codecs|gzip|bz2|lzma|tarfile|os|aiofiles)\.open|zipfile\.ZipFile|sqlite3\.connect"
            r"|os\.(remove|unlink|rename|renames|replace|rmdir|removedirs|mkdir|makedirs|truncate|link|symlink|chmod|chown"
            r"|listdir|scandir|walk)"
            r"|shutil\.(copy\w*|move|rmtree|make_archive|unpack_archive)|glob\.i?glob"
            r"|polars\.(read|scan)_\w+|pandas\.read_\w+|deltalake\..+|pyiceberg\..+|pyarrow\.(parquet|csv|dataset|feather)\.\w+"
        ),
        UNDECLARED,
    ),
    (r"os\.(environb?(\..+)?|getenvb?|putenv|unsetenv)|dotenv\.\w+", _ENVIRONMENT),
)
_PATTERNS: Final = tuple((re.compile(pattern), danger) for pattern, danger in _TABLE)
_SAFE_LOADERS: Final = frozenset({"SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader"})

_FRAME_OUTPUT: Final = re.compile(
    r"(write|sink)_(parquet|csv|ndjson|json|ipc|ipc_stream|avro|excel|delta|iceberg|database)"
)
CONTENT_METHODS: Final = frozenset({"read_text", "read_bytes", "write_text", "write_bytes"})
"""Methods that nothing but paths has."""
PATH_METHODS: Final = CONTENT_METHODS | {
    "open",
    "unlink",
    "mkdir",
    "rmdir",
    "rename",
    "replace",
    "touch",
    "iterdir",
    "glob",
    "rglob",
    "symlink_to",
    "hardlink_to",
}
"""Methods of `pathlib.Path` that touch the disk."""
BUCKET_METHODS: Final = frozenset({"scan", "read", "write"})
"""Methods of buckets that move data."""


def danger_of(name: str, call: ast.Call | None = None) -> Danger | None:
    """Return the danger of calling something.

    Args:
        name: Its dotted name, such as `subprocess.run`.
        call: The call, whose arguments may make it harmless.

    Example:
        >>> danger_of("subprocess.run").what
        'starts another program'
        >>> danger_of("math.sqrt") is None
        True
    """
    if re.fullmatch(_HARMLESS, name):
        return None
    danger = next((danger for pattern, danger in _PATTERNS if pattern.fullmatch(name)), None)
    if danger is _AS_CODE and call is not None and _is_tame(name, call):
        return None
    return danger


def is_frame_output(method: str) -> bool:
    """Whether a method's name is one by which Polars writes a frame."""
    return _FRAME_OUTPUT.fullmatch(method) is not None


def _is_tame(name: str, call: ast.Call) -> bool:
    """Whether a call runs no data: YAML by a safe loader, a module whose name is written out."""
    values = [*call.args[1:2], *(keyword.value for keyword in call.keywords)]
    if name.startswith("yaml.load"):
        return any(ast.unparse(value).rpartition(".")[2] in _SAFE_LOADERS for value in values)
    is_import = name in {"importlib.import_module", "builtins.__import__"}
    return is_import and all(isinstance(value, ast.Constant) for value in call.args)
