"""Where each method is right and wrong: load, patience, spread of handling times, steepness of the day.

One centre, changed along one axis at a time, and by how much each formula misses the simulated service level.
`python simulations/erlang_or_simulation.py picture` also draws erlang_or_simulation.svg beside this file.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

import wfm
from wfm.queueing import MGnG, MMnG, PeriodQueues, interval_loads

HALF_HOURS, INTERVAL = 16, 1800.0
AHT, PATIENCE, TARGET, WITHIN = 240.0, 120.0, 0.8, 20.0
VOLUME, AGENTS = 105.0, 16  # 14 erlang; Erlang A requires 16
PEAK = 7  # the busiest half hour
PARTS = {"day": slice(None), "before": slice(PEAK - 3, PEAK), "after": slice(PEAK + 1, PEAK + 4)}
SIMULATION = wfm.Simulation(replications=2000, seed=1)  # the same days for every point: their luck moves all alike

NAMED = {"Erlang C": "erlang-c", "Erlang A": "erlang-a", "transient": "transient"}
GENERAL = {"M/M/n+G": MMnG, "M/G/n+G": MGnG}
RULES = ("SIPP, Erlang C", "SIPP, Erlang A", "lag", "MOL", "MOL, maximum", "transient")


class Seen(NamedTuple):
    """The simulated service level [%], and by how much each method misses it [points]."""

    level: float
    half_width: float
    errors: dict[str, float]


class Staffed(NamedTuple):
    """What a rule's plan costs and keeps: agent hours, half hours that miss the target, the worst of them [%]."""

    hours: float
    missed: int
    worst: float


Axes = dict[str, dict[str, Seen]]  # by axis, then by the value on it


def centre(volume=VOLUME, agents=AGENTS, handling=AHT, patience=PATIENCE) -> wfm.ContactCenter:
    """A day of half hours that begins with nobody waiting. A law that is given as a number is exponential."""
    target = wfm.Target(service_level=TARGET, answer_within=WITHIN)
    volumes, team = (tuple(np.broadcast_to(values, HALF_HOURS).tolist()) for values in (volume, agents))
    calls = wfm.ContactType(volume=volumes, handling=handling, patience=patience, target=target)
    return wfm.ContactCenter(
        horizon=wfm.Horizon(start=datetime(2026, 1, 5, 8), interval=INTERVAL, intervals=HALF_HOURS),
        contact_types={"calls": calls},
        agent_groups={"team": wfm.AgentGroup(skills=["calls"], agents=team)},
    )


def day(peak: float) -> wfm.ContactCenter:
    """As many contacts over the day, with a peak of so many times the mean, and the agents that Erlang A requires."""
    bump = np.exp(-0.5 * ((np.arange(HALF_HOURS) - PEAK) / 1.6) ** 2)
    volume = VOLUME * (1 + (peak - 1) * (bump - bump.mean()) / (bump.max() - bump.mean()))
    return centre(volume, agents=wfm.staff(centre(volume), method="erlang-a").net[0])


def by_formulas(center: wfm.ContactCenter) -> dict[str, np.ndarray]:
    """The service level of each half hour by each method."""
    found = {
        name: wfm.predict(center, method=method).total.by_interval.service_level.mean for name, method in NAMED.items()
    }
    for name, queue in GENERAL.items():
        half_hours = queue(center.volume("calls"), AHT, center.contact_types["calls"].patience, interval=INTERVAL)
        found[name] = half_hours.measures(center.plan.net[0], answer_within=WITHIN).service_level()
    return found


def seen(center: wfm.ContactCenter) -> dict[str, Seen]:
    """The centre over its day and over parts of it."""
    simulated = wfm.predict(center, method=SIMULATION).total
    formulas, volume = by_formulas(center), center.volume("calls")
    each, offered = simulated.by_interval.service_level, simulated.by_interval.offered.mean
    found = {}
    for part, chosen in PARTS.items():
        level, half = (np.average(of[chosen], weights=offered[chosen]) for of in (each.mean, each.half_width))
        # Half hours of one day are not independent: the half-width of a part is at most the mean of theirs.
        half = simulated.service_level.half_width if part == "day" else half
        errors = {
            name: 100 * (np.average(levels[chosen], weights=volume[chosen]) - level)
            for name, levels in formulas.items()
        }
        found[part] = Seen(100 * level, 100 * half, errors)
    return found


def staffed(center: wfm.ContactCenter) -> dict[str, Staffed]:
    """What the plan of each rule costs and keeps, by the exact time-varying queue."""
    volume = center.volume("calls")
    sipp, lag, mol, most = (
        PeriodQueues(interval_loads(volume, AHT, INTERVAL, rule), AHT)
        for rule in ("sipp_average", "lag_average", "mol_average", "mol_maximum")
    )
    queues = (sipp.erlang_c(), *(queue.erlang_a(PATIENCE) for queue in (sipp, lag, mol, most)))
    agents = [queue.required_agents(service_level=TARGET, answer_within=WITHIN) for queue in queues]
    found = {}
    for rule, net in zip(RULES, [*agents, wfm.staff(center, method="transient").net[0]], strict=True):
        plan = wfm.StaffingPlan(center, net, rule)
        level = wfm.predict(center, plan, method="transient").total.by_interval.service_level.mean
        found[rule] = Staffed(float(plan.paid_hours.sum()), int(np.sum(level < TARGET - 1e-9)), 100 * level.min())
    return found


def study() -> tuple[Axes, dict[str, dict[str, Staffed]]]:
    """Every point of every axis, and the staffing rules on every day."""
    centres = {
        "load / agents": {f"{VOLUME * AHT / INTERVAL / n:.2f}": centre(agents=n) for n in (20, 18, 17, 16, 15, 14, 12)},
        "mean patience [s]": {f"{mean:g}": centre(patience=mean) for mean in (30.0, 60.0, 120.0, 240.0, 480.0)}
        | {"never": centre(patience=wfm.Never())},
        "shape of patience": {f"{k:g}": centre(patience=wfm.Weibull(PATIENCE, k)) for k in (0.6, 0.8, 1.0, 1.5, 2.0)},
        "cv of handling": {f"{cv:g}": centre(handling=wfm.Lognormal(AHT, cv)) for cv in (0.0, 0.5, 1.0, 1.5, 2.0)},
    }
    days = {f"{peak:g}": day(peak) for peak in (1.0, 1.5, 2.0, 2.5, 3.0)}
    assert (days["1"].plan.net == AGENTS).all()  # the flat day is the base
    axes = {axis: {at: seen(center)["day"] for at, center in points.items()} for axis, points in centres.items()}
    parts = {at: seen(center) for at, center in days.items()}
    for part, axis in zip(PARTS, ("peak / mean", "90 min before peak", "90 min after peak"), strict=True):
        axes[axis] = {at: found[part] for at, found in parts.items()}
    return axes, {at: staffed(center) for at, center in days.items()}


def tell(axes: Axes, rules: dict[str, dict[str, Staffed]]) -> None:
    """The tables."""
    base = f"{VOLUME:g} contacts per half hour, AHT {AHT:g} s, patience {PATIENCE:g} s, {AGENTS} agents, 80/20"
    print(f"{base}; one thing is changed at a time")
    print(f"\n{'':<28}service level [%]   error of each method [points]")
    print(f"{'':<28}{'simulated':>17}" + "".join(f"{name:>11}" for name in (*NAMED, *GENERAL)))
    for axis, points in axes.items():
        for i, (at, one) in enumerate(points.items()):
            texts = {name: f"{round(error, 1) + 0.0:+.1f}" for name, error in one.errors.items()}
            texts |= {name: "" for name in GENERAL if texts[name] == texts["Erlang A"]}
            errors = "".join(f"{text:>11}" for text in texts.values())
            print(f"{'' if i else axis:<21}{at:>7}{one.level:>11.1f} +- {one.half_width:.1f}{errors}".rstrip())
    print(f"{' and '.join(GENERAL)} are left out where they equal Erlang A")
    print("\nstaffing by each rule: agent hours, half hours of 16 below 80 %, and the worst half hour [%]")
    print(f"{'peak / mean':<12}" + "".join(f"{rule:>17}" for rule in RULES))
    for at, plans in rules.items():
        print(f"{at:<12}" + "".join(f"{one.hours:>10.1f}{one.missed:>3}{one.worst:>4.0f}" for one in plans.values()))


def conclude(axes: Axes, rules: dict[str, dict[str, Staffed]]) -> None:
    """What to take from them: figures are computed, and the words around them asserted."""
    load, patience, shape, spread, peak, before, after = axes.values()

    def worst(method: str, *parts: dict[str, Seen]) -> float:
        return max(abs(one.errors[method]) for part in parts for one in part.values())

    of_load, endless = worst("Erlang A", load), worst("Erlang C", {"never": patience["never"]})
    low70, low93, low480 = (-one.errors["Erlang C"] for one in (load["0.70"], load["0.93"], patience["480"]))
    assert of_load < 1 < low70 < low93
    assert load["1.00"].level + load["1.00"].errors["Erlang C"] < 1e-9
    assert endless < 2 < low480
    early, late = (shape[k].errors["Erlang A"] for k in ("0.6", "2"))
    general = max(worst(name, shape) for name in GENERAL)
    assert early < -2 < 2 < late
    assert general < 1 > max(abs(one.errors["transient"] - one.errors["Erlang A"]) for one in shape.values())
    moved = max(one.level for one in spread.values()) - min(one.level for one in spread.values())
    of_spread = worst("Erlang A", spread)
    assert moved < 1.5 > of_spread
    over_day, rising, falling = (part["3"].errors["Erlang A"] for part in (peak, before, after))
    exact = worst("transient", load, patience, peak, before, after)
    assert rising < -2 < over_day < 2 < falling
    assert exact < 1 > abs(over_day)
    erlang_c, sipp, _, mol, most, transient = rules["3"].values()
    more_c, more_most, more = (100 * (plan.hours / sipp.hours - 1) for plan in (erlang_c, most, transient))
    assert all(plans["lag"] == plans["MOL"] for plans in rules.values())
    assert erlang_c.missed == most.missed == transient.missed == 0 < mol.missed < sipp.missed
    assert mol.hours <= sipp.hours < transient.hours < mol.hours + 2

    print(f"""
What to take from it
1. Load: Erlang A stays within {of_load:.1f} points. Erlang C is {low70:.0f} too low at a load of 0.70 and {low93:.0f}
   at 0.93, and has no answer from 1 on (0 % here): it does not know that those who hang up make room.
2. Patience: where nobody hangs up, Erlang C is right within {endless:.1f} points; at a mean patience of 480 s
   it is {low480:.0f} too low.
3. The mean of patience is not enough: at a Weibull shape of 0.6 Erlang A and transient err by {early:+.0f} points,
   at 2 by {late:+.0f}. {" and ".join(GENERAL)}, which take the law itself, stay within {general:.1f}.
4. The law of handling times hardly matters here: from cv 0 to 2 the service level moves by {moved:.1f} points.
   No formula looks at it, and Erlang A is at most {of_spread:.1f} off.
5. A day with a peak of 3 times the mean: Erlang A errs by only {over_day:+.1f} points over the day, because
   {rising:+.1f} before the peak and {falling:+.1f} after it cancel. Transient, which is exact where both laws are
   exponential, is never more than {exact:.1f} from the simulation there.
6. Staffing that day half hour by half hour (SIPP, Erlang A) misses the target in {sipp.missed}, down to
   {sipp.worst:.0f} %. Lag and MOL cost no more and miss it in {mol.missed}, down to {mol.worst:.0f} %. None is missed
   by MOL's maximum for {more_most:.0f} % more hours, Erlang C for {more_c:.0f} %, and transient for {more:.0f} %.""")


INK = {
    "Erlang C": "#A84300",
    "Erlang A": "#005A8E",
    "transient": "#00664A",
    "MOL": "#555555",
    "MOL, maximum": "#8E3F6D",
}  # the colours of the lines, dark enough for text


def draw(axes: Axes, plans: dict[str, Staffed], path: Path) -> None:
    """The errors along each axis, and what the rules cost and keep on the steepest day."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from wfm.reports.pictures import STYLE

    with mpl.rc_context(STYLE | {"svg.fonttype": "path", "svg.hashsalt": path.stem, "lines.markersize": 3.5}):
        figure = Figure(figsize=(7.4, 8.0), layout="constrained")
        load, patience, shape, spread, steep, staffing = figure.subplots(3, 2).ravel()
        along(load, axes, "offered load / agents", "load / agents")
        along(patience, axes, "mean patience [s]", "mean patience [s]")
        along(shape, axes, "Weibull shape of patience (1: exponential)", "shape of patience", general=True)
        shape.text(4, -3.4, f"{' and '.join(GENERAL)}:\neverywhere else as Erlang A", ha="right", color="#444444")
        along(spread, axes, "coefficient of variation of handling times", "cv of handling")
        along(steep, axes, "busiest half hour / mean half hour", "peak / mean", *list(axes)[-2:])
        places = {"whole day": (4, 1.2), "90 min before the peak": (4, -5.3), "90 min after the peak": (2.9, 7.1)}
        for text, (x, y) in places.items():
            steep.text(x, y, f"Erlang A, {text}", ha="right", color=INK["Erlang A"])
        costs(staffing, plans)
        for ax in figure.axes:
            ax.grid(True, color="#dddddd", linewidth=0.5)
            ax.set_axisbelow(True)
            ax.tick_params(length=2.5, width=0.6)
        figure.legend(*shape.get_legend_handles_labels(), loc="outside upper left", ncols=5)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=130)


def along(ax, axes: Axes, label: str, axis: str, *parts: str, general: bool = False) -> None:
    """The errors of the methods along an axis, and over parts of the day; those of Erlang C stand below."""
    from wfm.reports.pictures import BAND, LINES

    lines = {
        "Erlang A": LINES["erlang-a"] | {"marker": "o"},
        "transient": LINES["transient"] | {"marker": "^"},
        "M/M/n+G": {"color": "#CC79A7", "linestyle": "-", "linewidth": 1.1, "marker": "s"},
        "M/G/n+G": {"color": "#222222", "linestyle": (0, (1, 1.5)), "linewidth": 1.1, "marker": "x"},
    }
    points = list(axes[axis].values())
    half = np.array([one.half_width for one in points])
    ax.fill_between(range(len(points)), -half, half, color=BAND, linewidth=0, label="simulation, ±")
    for name, line in lines.items():
        for part in (axis, *parts) if name in NAMED or general else ():
            ax.plot([one.errors[name] for one in axes[part].values()], label=name if part == axis else None, **line)
    ax.text(-0.25, -9.9, "Erlang C errs by", color=INK["Erlang C"])
    for i, one in enumerate(points):
        ax.text(i, -11.7, f"{one.errors['Erlang C']:+.0f}".replace("-", "−"), ha="center", color=INK["Erlang C"])
    ax.set(xlabel=label, ylabel="error in service level [points]", ylim=(-12.4, 10), xlim=(-0.3, len(points) - 0.7))
    ax.set_xticks(range(len(points)), axes[axis])
    ax.set_yticks([-8, -4, 0, 4, 8], ["−8", "−4", "0", "+4", "+8"])


def costs(ax, plans: dict[str, Staffed]) -> None:
    """Agent hours against the worst half hour of each rule's plan."""
    marks = {
        "SIPP, Erlang C": ("v", INK["Erlang C"], (0, 8), "center"),
        "SIPP, Erlang A": ("o", INK["Erlang A"], (7, -3), "left"),
        "MOL": ("s", INK["MOL"], (7, -3), "left"),
        "MOL, maximum": ("D", INK["MOL, maximum"], (8, -14), "right"),
        "transient": ("^", INK["transient"], (7, -3), "left"),
    }
    for rule, (marker, color, offset, side) in marks.items():
        one = plans[rule]
        text = f"{'lag, and MOL' if rule == 'MOL' else rule}: {one.missed or 'none'} missed"
        ax.plot(one.hours, one.worst, marker, color=color, markersize=5)
        ax.annotate(text, (one.hours, one.worst), offset, textcoords="offset points", ha=side, color=color)
    ax.axhline(100 * TARGET, color="#444444", linewidth=0.8, linestyle=(0, (6, 2, 1, 2)))
    ax.text(150.8, 100 * TARGET - 0.3, "target", ha="right", va="top", color="#444444")
    ax.set(xlabel="agent hours, for the peak of 3 times the mean", ylabel="service level, worst half hour [%]",
           xlim=(125, 151), ylim=(68, 87), yticks=[70, 75, 80, 85])  # fmt: skip


def main() -> None:
    axes, rules = study()
    tell(axes, rules)
    conclude(axes, rules)
    if "picture" in sys.argv[1:]:
        draw(axes, rules["3"], Path(__file__).with_suffix(".svg"))


if __name__ == "__main__":
    main()
