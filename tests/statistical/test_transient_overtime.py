"""Does the exact time-varying queue expect the overtime and the queue that simulation sees?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import wfm

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FARTHEST = 4.5  # standard errors: 2 x 36 looks at a right simulation pass 999 times of 1000
Z95 = 1.96


@pytest.mark.parametrize("name", ["staffing_steps", "closing_serve"])
def test_overtime_and_queue_are_as_expected(name: str) -> None:
    """Agents who leave finish their contact; those of an office that closes serve who still waits."""
    center = wfm.load(SCENARIOS / f"{name}.toml")
    (kind, described), (group, _) = *center.contact_types.items(), *center.agent_groups.items()
    mean = described.handling_time(1)[0]
    center = replace(center, contact_types={kind: replace(described, handling=wfm.Exponential(mean))})
    exact = wfm.predict(center, center.plan, "transient")
    seen = wfm.predict(center, center.plan, wfm.Simulation(replications=4000, seed=5))
    for measure in ("overtime_hours", "staffed_hours"):
        of_exact, of_seen = (getattr(one.agent_groups[group], measure) for one in (exact, seen))
        assert abs(of_seen.mean - of_exact.mean) <= FARTHEST * of_seen.half_width / Z95
    queues = [one.contact_types[kind].by_interval.mean_queue for one in (exact, seen)]
    assert np.all(np.abs(queues[1].mean - queues[0].mean) <= FARTHEST * queues[1].half_width / Z95)
    if name == "closing_serve":
        # All overtime falls after closing here, for staffing does not fall before.
        assert exact.agent_groups[group].by_interval.overtime_hours.mean.max() == pytest.approx(0.0, abs=1e-9)
    assert exact.agent_groups[group].overtime_hours.mean > 0.5
