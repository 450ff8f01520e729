"""What one agent more in every open half hour is worth: on the same simulated days, and on other days."""

import numpy as np

import wfm

center = wfm.load(wfm.example("anonymous_bank"))
plan = center.plan
more = wfm.StaffingPlan(center, plan.net + (plan.net > 0), "one agent more")

base, same, other = (
    wfm.predict(center, staffing, method=wfm.Simulation(replications=200, seed=seed))
    for staffing, seed in ((plan, 1), (more, 1), (more, 2))
)
paired = wfm.compare([base, same]).differences[1].measures["service_level"]
independent = wfm.compare([base, other]).differences[1].measures["service_level"]
hours = float(np.sum(more.paid_hours - plan.paid_hours))

print(f"one agent more in every open half hour: {hours:.0f} paid hours a week")
print(f"on the same days   {100 * paired.mean:+.1f} +- {100 * paired.half_width:.2f} points of service level")
print(f"on other days      {100 * independent.mean:+.1f} +- {100 * independent.half_width:.2f} points")
print(f"the same days are {independent.half_width / paired.half_width:.1f} times as narrow")
