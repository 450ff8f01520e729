"""What holds for all tests: generated examples are the same in every run, and no test is timed."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("pinned", deadline=None, derandomize=True)
settings.load_profile("pinned")
