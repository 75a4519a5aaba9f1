"""Objects of any size, in parts: read side by side, written so that nobody sees them before they are whole.

Memory is bounded: a few parts on their way here, a few on their way there. Parts are small, until an object has more of
them than a store accepts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import PreconditionError

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore as Client

__all__ = ["copy_through", "read_parts", "write_parts"]

_PART_BYTES: Final = 8 * 1024**2
_AT_ONCE: Final = 4
_MOST_PARTS: Final = 9_999  # S3 and Google accept 10,000
# Of objects in many parts, two at a time use what the network gives, and no more memory than this.
_LARGE: Final = BoundedSemaphore(2)


def read_parts(client: Client, key: str) -> Generator[bytes]:
    """Yield what an object holds, in order; a small one costs a single request.

    Raises:
        ConnectionError: If the object was replaced meanwhile.
    """
    found = obstore.get(client, key)
    if found.meta["size"] <= _PART_BYTES:
        yield bytes(found.bytes())
        return
    yield from _read_large(client, found.meta)


def write_parts(client: Client, key: str, data: bytes | Path | Generator[bytes], size: int) -> None:
    """Write an object, which appears when its last part has arrived.

    Args:
        client: What sends requests.
        key: The key.
        data: What it shall hold: bytes, a local file, or parts as `read_parts` yields them.
        size: How many bytes that are.
    """
    obstore.put(client, key, data, chunk_size=_part_bytes(size), max_concurrency=_AT_ONCE)


def copy_through(client: Client, key: str, target: str, size: int) -> None:
    """Copy an object through this machine, replacing what is there when the copy is whole.

    Args:
        client: What sends requests.
        key: The key that is copied.
        target: The key it is copied to.
        size: How many bytes it has.

    Raises:
        ConnectionError: If the object was replaced meanwhile.
    """
    if size <= _PART_BYTES:
        obstore.put(client, target, b"".join(read_parts(client, key)))
        return
    item = obstore.head(client, key)
    with _LARGE:
        write_parts(client, target, _read_large(client, item), size)


def _read_large(client: Client, item: ObjectMeta) -> Generator[bytes]:
    """Yield an object's parts in order, while the next few are fetched.

    All requests come from threads of their own: the client takes these parts in one that must not wait for another request.
    """
    step, size = _part_bytes(item["size"]), item["size"]
    pool = ThreadPoolExecutor(_AT_ONCE)
    fetched: deque[Future[bytes]] = deque()
    try:
        for start in range(0, size, step):
            fetched.append(pool.submit(_part, client, item, start, min(start + step, size)))
            if len(fetched) > _AT_ONCE:
                yield fetched.popleft().result()
        while fetched:
            yield fetched.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _part(client: Client, item: ObjectMeta, start: int, end: int) -> bytes:
    # Requests of their own may meet another object: its ETag tells.
    options: obstore.GetOptions = {"range": (start, end), "if_match": item["e_tag"]}
    try:
        return bytes(obstore.get(client, item["path"], options=options).bytes())
    except PreconditionError:
        message = f"{item['path']} was replaced while it was read"
        raise ConnectionError(message) from None


def _part_bytes(size: int) -> int:
    return max(_PART_BYTES, -(-size // _MOST_PARTS))
