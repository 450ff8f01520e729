"""`python -m wfm` and the command `wfm`."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from wfm.cli.app import run

    run()


if __name__ == "__main__":
    main()
