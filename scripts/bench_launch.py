"""Runs one command and writes its exit status, seconds of wall time and of CPU, and peak memory to a file.

    python3 -I -S bench_launch.py FIGURES COMMAND [ARGUMENT...]

A process of its own, with next to no imports: the kernel counts the launcher's pages into the child's peak, so a peak
below the launcher's own size cannot be seen.
"""

import sys
import time
from posix import environ, posix_spawn, wait4

start = time.perf_counter()
child = posix_spawn(sys.argv[2], sys.argv[2:], environ)
_, status, usage = wait4(child, 0)
wall = time.perf_counter() - start
with open(sys.argv[1], "w") as figures:
    print(status, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=figures)
