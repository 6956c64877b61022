"""Schedulers and commands side by side, and signals that meet them in the middle of their work."""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from cells import wait_until
from checker import violations
from faults import SLOW, Fault, healed, unclear, unsound, wait_for_copy
from sleeper import Sleeper, is_stopped
from stand import Outcome, Scene, ledger
