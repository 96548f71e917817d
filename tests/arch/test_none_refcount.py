"""PySide6 must not lose references to None.

6.12.0 on Python 3.11 drops one at every call that returns nothing, and the interpreter aborts within seconds; this is
why 6.11.3 is pinned. In a process of its own: a loss here must not bring down the other tests.
"""

from __future__ import annotations

import subprocess
import sys

CALLS = 500
PROGRAM = f"""
import sys
from PySide6.QtCore import QObject

thing = QObject()
names = [str(number) for number in range({CALLS})]
before = sys.getrefcount(None)
for name in names:
    thing.setObjectName(name)
print(before - sys.getrefcount(None))
"""


def test_void_calls_keep_the_count_of_none() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert abs(int(done.stdout)) < CALLS // 10
