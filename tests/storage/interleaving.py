"""Publishers that share an object store in memory, one request at a time, in an order that a seed decides.

Every actor runs in a thread and waits before each request until it is its turn: what really happens between machines,
made to happen again.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from obstore.store import MemoryStore

from glacier_runtime.storage import leases, publication, stores
from glacier_runtime.storage.clouds.aws import S3
from glacier_runtime.storage.clouds.cloud import BucketName
from glacier_runtime.storage.lease_records import Leases
from glacier_runtime.storage.object_requests import BucketObjects
from glacier_runtime.storage.object_store import ObjectStore
from glacier_runtime.storage.records import attempt_in

if TYPE_CHECKING:
    from obstore import ObjectMeta

__all__ = ["Turns", "shared_memory"]


class Turns:
    """Lets one actor after the other send one request."""

    def __init__(self, seed: int) -> None:
        self.choice = random.Random(seed)
        self.log: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self._condition = threading.Condition()
        self._waiting: dict[int, str] = {}
        self._next: int | None = None
        self._alive: set[int] = set()

    def wait(self) -> None:
        """Wait for a turn; who is no actor need not."""
        me = threading.get_ident()
        with self._condition:
            if me not in self._alive:
                return
            self._waiting[me] = threading.current_thread().name
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._next == me)
            self._next = None
            del self._waiting[me]

    def run(self, actors: Sequence[Callable[[], None]]) -> None:
        """Let all actors run to their ends; what one raises is raised here."""
        errors: list[BaseException] = []
        gate = threading.Barrier(len(actors) + 1)

        def live(actor: Callable[[], None]) -> None:
            me = threading.get_ident()
            with self._condition:
                self._alive.add(me)
            gate.wait()
            try:
                actor()
            except BaseException as error:  # noqa: BLE001 (raised by who waits)
                errors.append(error)
            with self._condition:
                self._alive.remove(me)
                self._condition.notify_all()

        threads = [
            threading.Thread(target=live, args=(actor,), name=f"{number:02}")
            for number, actor in enumerate(actors)
        ]
        for thread in threads:
            thread.start()
        gate.wait()
        while self._give_turn():
            pass
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def _give_turn(self) -> bool:
        with self._condition:
            self._condition.wait_for(
                lambda: self._next is None and self._waiting.keys() >= self._alive
            )
            if not self._alive:
                return False
            by_name = sorted(self._waiting.items(), key=lambda item: item[1])
            self._next = self.choice.choice(by_name)[0]
            self._condition.notify_all()
            return True


class _Objects(BucketObjects):
    """Requests that wait for their turn."""

    turns: ClassVar[Turns]

    def names(self, folder: str) -> list[str]:
        self.turns.wait()
        return super().names(folder)

    def below(self, folder: str, *, after: str | None = None) -> Generator[ObjectMeta]:
        self.turns.wait()
        yield from list(super().below(folder, after=after))

    def head(self, key: str) -> ObjectMeta | None:
        self.turns.wait()
        return super().head(key)

    def read(self, key: str) -> bytes | None:
        self.turns.wait()
        return super().read(key)

    def create(self, key: str, data: bytes) -> None:
        self.turns.wait()
        super().create(key, data)
        if "/commits/" in key and b"revoked_by" not in data:
            self.turns.log.append(("commit", attempt_in(key.rpartition("/")[2])))

    def read_tagged(self, key: str) -> tuple[bytes, str] | None:
        self.turns.wait()
        return super().read_tagged(key)

    def swap(self, key: str, data: bytes, expected: str | None) -> str | None:
        self.turns.wait()
        tag = super().swap(key, data, expected)
        held = Leases.model_validate_json(data).leases
        if tag is not None and held and held[-1].token not in self.turns.tokens:
            self.turns.tokens.add(held[-1].token)
            self.turns.log.append(("takes", f"t.{held[-1].run}"))
        return tag

    def write(self, key: str, data: bytes | Path) -> None:
        self.turns.wait()
        super().write(key, data)

    def copy(self, key: str, target: str, size: int) -> None:
        self.turns.wait()
        super().copy(key, target, size)

    def delete(self, keys: Sequence[str]) -> None:
        self.turns.wait()
        super().delete(keys)


@contextmanager
def shared_memory(seed: int) -> Iterator[Turns]:
    """Let all buckets of S3 be one in memory, and every thread another machine.

    Now and then a lease counts as dead though its holder works, as if that had slept for long.
    """
    turns = Turns(seed)
    objects = _Objects(S3(), BucketName("memory"), MemoryStore())
    _Objects.turns = turns
    bucket = ObjectStore(objects)

    def may_take(*_: object) -> bool:
        return turns.choice.random() < 0.5

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(stores._STORES, "aws", lambda *_: bucket)
        patched.setattr(publication, "one_thread_at_a_time", lambda _: nullcontext())
        patched.setattr(leases, "_may_take", may_take)
        patched.setattr(leases, "_pause", lambda _: None)
        patched.setattr(publication, "_pause", lambda _: None)
        yield turns
