"""`python -m benches [--smoke] [NAME ...]`: run the benches and print their figures beside their goals."""

from __future__ import annotations

import argparse

from benches import budgets, doors, engine, formulas, over_time, sweeps  # noqa: F401  (each registers its benches)
from benches.registry import REGISTRY


def main() -> None:
    """Run what was asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benches")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(REGISTRY))
    parser.add_argument("--smoke", action="store_true", help="small runs that only show that each bench works")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(REGISTRY)
    if unknown:
        parser.error(f"there is no bench named {', '.join(sorted(unknown))}; there are {', '.join(REGISTRY)}")
    print(f"{'bench':<15} {'figure':<38} {'value':>10}  {'unit':<10} goal")
    for name in asked.names or REGISTRY:
        for one in REGISTRY[name].run(asked.smoke):
            print(f"{one.bench:<15} {one.figure:<38} {one.value:>10.3f}  {one.unit:<10} {one.goal}", flush=True)


if __name__ == "__main__":
    main()
