"""Do formulas and simulation answer the same question in the same words, and agree where they must?"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

import wfm
from wfm.queueing import ErlangA, ErlangC

AGENTS = np.array([[10.0, 12.0, 14.0, 11.0]])


@pytest.fixture(scope="module")
def center() -> wfm.ContactCenter:
    return wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 4),
        {
            "calls": wfm.ContactType(
                (80.0, 100.0, 110.0, 0.0), handling=180.0, patience=120.0, target=wfm.Target(0.8, 20)
            )
        },
        {"team": wfm.AgentGroup(["calls"], agents=AGENTS[0].tolist())},
    )


@pytest.mark.parametrize("definition", ["answered_of_offered", "answered_of_answered", "excluding_abandoned_within",
                                        "excluding_short_abandons", "abandoned_within_counted"])  # fmt: skip
def test_a_prediction_by_erlang_a_is_the_formula_in_every_interval(center, definition):
    seen = wfm.predict(center, method="erlang-a").contact_types["calls"].by_interval
    exact = ErlangA((80.0, 100.0, 110.0), 180, 120, 1800).measures(AGENTS[0, :3], answer_within=20)
    assert seen.service_levels[definition].mean[:3] == pytest.approx(exact.service_level(definition), rel=1e-12)
    assert seen.average_speed_of_answer.mean[:3] == pytest.approx(exact.average_speed_of_answer, rel=1e-12)
    assert seen.abandonment.mean[:3] == pytest.approx(exact.abandonment, rel=1e-12)
    assert seen.mean_wait.mean[:3] == pytest.approx(exact.mean_wait, rel=1e-9)
    assert np.isnan(seen.service_level.mean[3]), "no contacts, no service level"


def test_a_day_is_a_sum_over_a_sum_never_a_mean_of_percentages():
    world = wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 2),
        {"calls": wfm.ContactType((200.0, 20.0), handling=180.0, patience=120.0, target=wfm.Target(0.8, 20))},
        {"team": wfm.AgentGroup(["calls"], agents=[17, 9])},
    )
    seen = wfm.predict(world, method="erlang-a").total
    by_interval = seen.by_interval.service_level.mean
    weighted = (200 * by_interval[0] + 20 * by_interval[1]) / 220
    assert seen.service_level.mean == pytest.approx(weighted, rel=1e-12)
    assert seen.by_day.service_level.mean[0] == pytest.approx(weighted, rel=1e-12)
    assert abs(seen.service_level.mean - by_interval.mean()) > 0.05


def test_overload_is_an_answer_of_erlang_c(center):
    world_plan = wfm.StaffingPlan(center, np.array([[8.0, 12.0, 14.0, 1.0]]))
    seen = wfm.predict(center, world_plan, "erlang-c")
    assert seen.overloaded[0].tolist() == [True, False, False, False]
    assert seen.total.by_interval.average_speed_of_answer.mean[0] == np.inf
    assert seen.total.by_interval.service_level.mean[0] == 0
    assert seen.total.average_speed_of_answer.mean == np.inf
    assert 0 < seen.total.service_level.mean < 1


def test_erlang_c_and_a_agree_where_nobody_hangs_up(center):
    from dataclasses import replace

    patient = replace(center, contact_types={"calls": replace(center.contact_types["calls"], patience=None)})
    plan = wfm.StaffingPlan(patient, np.array([[12.0, 14.0, 14.0, 1.0]]))
    by_c, by_a = (wfm.predict(patient, plan, method).total for method in ("erlang-c", "erlang-a"))
    assert by_a.service_level.mean == pytest.approx(by_c.service_level.mean, rel=1e-9)
    exact = ErlangC((80.0, 100.0, 110.0), 180, 1800).measures([12, 14, 14], answer_within=20)
    level = np.dot((80.0, 100.0, 110.0), exact.service_level()) / 290
    assert by_c.service_level.mean == pytest.approx(level, rel=1e-12)


def test_a_formula_refuses_what_it_has_no_words_for(center):
    from dataclasses import replace

    with_lines = replace(center, routing=wfm.Routing(lines=20))
    with pytest.raises(wfm.NotModelled, match="--method simulation"):
        wfm.predict(with_lines, method="erlang-c")
    assert wfm.predict(with_lines, method="erlang-a").total.blocked.mean > 0


def test_a_plan_for_another_centre_is_refused(center):
    other = wfm.ContactCenter(
        wfm.Horizon(datetime(2026, 1, 5, 8), 1800.0, 5),
        {"calls": wfm.ContactType(10.0, handling=180.0)},
        {"team": wfm.AgentGroup(["calls"], agents=5)},
    )
    with pytest.raises(wfm.InputError, match="another centre"):
        wfm.predict(center, other.plan, "erlang-a")
