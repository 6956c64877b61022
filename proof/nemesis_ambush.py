"""Faults that lie in wait on a wire for the next exchange they fit."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import wire_faults as faults
from proxy import Fault, Passage, Proxy, relay

# A stall costs the product half a minute, in which little else can go wrong: seldom.
ANYWHERE: tuple[Fault, ...] = (faults.reset, faults.drop, faults.garbage, faults.slow) * 3 + (faults.stall,)
OF_CLICKHOUSE: tuple[Fault, ...] = (
    *ANYWHERE,
    *(faults.status(code) for code in (401, 403, 429, 500, 503)),
    faults.truncated_by_length,
    faults.truncated_in_chunks,
    faults.exception_block,
    faults.exception_text,
    faults.rows_missing,
    faults.rows_doubled,
)


@dataclass
class _Trap:
    """A fault that lets `skip_count` exchanges of its kind pass."""

    beginning: str
    skip_count: int
    fault: Fault


class Ambush:
    """What a proxy does to its exchanges: nothing, but where a trap was laid."""

    def __init__(self, proxy: Proxy, possible: Sequence[Fault], luck: random.Random) -> None:
        self._proxy = proxy
        self._possible = possible
        self._luck = luck
        self._lock = threading.Lock()
        self._traps: list[_Trap] = []
        self.sprung_count = 0
        proxy.fault = self._meet

    def lay_any(self) -> None:
        """One fault of many, for one of the next exchanges."""
        self._lay(_Trap("", self._luck.randrange(20), self._luck.choice(self._possible)))

    def lay_for_commit(self) -> None:
        """The reply to the next COMMIT will be lost."""
        self._lay(_Trap("COMMIT", self._luck.randrange(3), faults.drop))

    def block(self) -> None:
        """The server is out of reach."""
        self._proxy.refuse()
        self._proxy.disconnect()

    def unblock(self) -> None:
        self._proxy.listen()

    def heal(self) -> None:
        """Nothing happens any more, and whatever still waits is ended."""
        self._proxy.fault = relay
        self._proxy.disconnect()

    def _lay(self, trap: _Trap) -> None:
        with self._lock:
            self._traps.append(trap)

    def _meet(self, passage: Passage) -> None:
        self._fault_for(passage.label)(passage)

    def _fault_for(self, label: str) -> Fault:
        with self._lock:
            for trap in self._traps:
                if label.startswith(trap.beginning):
                    trap.skip_count -= 1
                    if trap.skip_count < 0:
                        self._traps.remove(trap)
                        self.sprung_count += 1
                        return trap.fault
        return relay
