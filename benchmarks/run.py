"""All CPU tables in one go: `make bench`."""

from __future__ import annotations

import subprocess
import sys


def main() -> None:
    for module, extra in (("benchmarks.first_call", []), ("benchmarks.steady_state", ["--errors"])):
        print(f"== {module}", flush=True)
        subprocess.run([sys.executable, "-m", module, *extra, *sys.argv[1:]], check=True)


if __name__ == "__main__":
    main()
