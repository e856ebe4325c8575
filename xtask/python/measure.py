"""Runs a command and writes what it took: `measure.py FILE COMMAND...`.

FILE gets one JSON object: CPU seconds (user and system, of the command and all that it waited for), seconds on the
clock, and the greatest resident memory of any one of its processes in bytes. Ends as the command does.
"""

import json
import os
import sys
import time


def main() -> int:
    file, command = sys.argv[1], sys.argv[2:]
    begun = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    wall_s = time.perf_counter() - begun
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    found = {"cpu_s": usage.ru_utime + usage.ru_stime, "wall_s": wall_s, "peak_bytes": usage.ru_maxrss * unit}
    with open(file, "w", encoding="utf-8") as out:
        json.dump(found, out)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
