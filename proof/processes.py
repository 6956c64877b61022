#!/usr/bin/env python3
"""What meets a process and its host: pauses, company, signals, outages of servers, want of every resource.

    source DIR/env; proof/processes.py [--only disk-full]

Whatever harms a server happens on servers of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import companions
import limits
import memory
import outages
from bed import bed
from cells import Proof
from faults import Fault
from stand import prepare


def _faults() -> Iterator[list[Fault]]:
    prepare()
    yield companions.commands() + limits.faults() + memory.faults()
    with bed() as own:
        for fault in companions.schedulers() + outages.restarts(own):
            yield [fault]
    for promotion in outages.promotions():
        with bed() as own:
            yield [promotion(own)]


if __name__ == "__main__":
    sys.exit(Proof("processes", "faults", _faults).main(__doc__.splitlines()[0]))
