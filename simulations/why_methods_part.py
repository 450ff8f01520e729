"""Why Erlang C, Erlang A and simulation part: the bank's own agents, one assumption given up at a time."""

import wfm

center = wfm.load(wfm.example("anonymous_bank"))
seen = wfm.predict(center, method=wfm.Simulation(replications=200, seed=1))

print(f"{'from here on it counts that ...':<58} {'points':>12}   service level")
for step in wfm.reconcile(seen).steps:
    level = 100 * step.prediction.total.service_level.mean
    change = "" if step.change is None else f"{100 * step.change.mean:+.1f}"
    around = "" if step.change is None or step.change.half_width != step.change.half_width else "+-"
    half = f"{around} {100 * step.change.half_width:.1f}" if around else ""
    print(f"{step.cause or 'nothing: Erlang C':<58} {change:>5} {half:>6}   {level:.1f} %")

total = seen.total.service_level
print(f"\nsimulated {100 * total.mean:.1f} +- {100 * total.half_width:.1f} %; the bank's records say 72.8 %")
