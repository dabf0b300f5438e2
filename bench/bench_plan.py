# This file is part of Tryton Coop.  The COPYRIGHT file at the top level of
# this repository contains the full copyright notices and license terms.
"""The planner of missions, against "nearest", "least loaded" and the optimum.

No database: what is measured is the pure core on made-up cooperatives (see
``coop_mission/tests/planning.py``), on some seeds each. The peer of a large
batch is the usual rule on the same data, that of a small batch the optimum by
HiGHS. Run alone, with weights, it shows what each of them gives: this is how
the default weight was chosen.
"""
import sys
import time
from statistics import mean

from trytond.modules.coop_mission.plan import EQUITY, Rule, prepare
from trytond.modules.coop_mission.plan_exact import exact
from trytond.modules.coop_mission.planner import Plan, compare, plan
from trytond.modules.coop_mission.tests.planning import cooperative

MEMBERS, DEMANDS, SEEDS = 1_000, 5_000, (1, 2, 3, 4, 5)
SMALL = (40, 150)
# A cooperative of 40 is in one region, with fewer trades
REGION = {'days': 14, 'zones': 4, 'skills': 4}
SMALL_SEEDS = (1, 2, 3, 4, 5)


def main(pg_uri):
    return large() + [small()]


def large():
    """Served and time: the worst of the seeds; travel and Gini: their mean

    What a weight gives depends on the data, from one seed to the next.
    """
    runs = [measured(seed) for seed in SEEDS]
    what = f"plan of {MEMBERS:,} members x {DEMANDS:,} demands"
    rows = []
    for name in ['nearest', 'least_loaded']:
        ours, peer = min(
            ((m['planner'], m[name]) for m, _ in runs),
            key=lambda pair: pair[0].assigned - pair[1].assigned)
        rows.append((
            f"{what}, served", f"{ours.assigned:,}",
            f"{name} {peer.assigned:,}", ours.assigned / peer.assigned,
            '>= 1'))
    pairs = [(m['planner'], m['nearest']) for m, _ in runs]
    for name, unit, digits, bar in [
            ('travel', ' km', 0, '<= 1.05'), ('gini', '', 3, '<= 0.85')]:
        ours, peer = (
            [getattr(pair[i], name) for pair in pairs] for i in range(2))
        ratios = [o / p for o, p in zip(ours, peer)]
        rows.append((
            f"{what}, {name}, mean of {len(SEEDS)}",
            f"{mean(ours):,.{digits}f}{unit} "
            f"(x {min(ratios):.3f} to {max(ratios):.3f})",
            f"nearest {mean(peer):,.{digits}f}{unit}", mean(ratios), bar))
    seconds = max(seconds for _, seconds in runs)
    rows.append((
        f"{what}, time", f"{seconds:.1f} s", "5 s", seconds / 5, '< 1'))
    return rows


def measured(seed, equity=EQUITY):
    "Return {name: Measures} of a seed, and the seconds of all of it"
    members, demands = cooperative(MEMBERS, DEMANDS, seed)
    start = time.perf_counter()
    plans = compare(prepare(members, demands), Rule(equity=equity))
    seconds = time.perf_counter() - start
    return {name: p.measures for name, p in plans.items()}, seconds


def small():
    "The worst of the seeds and weights"
    worst, points, best = 0, 0, 0
    for seed in SMALL_SEEDS:
        problem = prepare(*cooperative(*SMALL, seed, **REGION))
        for rule in [Rule(equity=0), Rule(), Rule(equity=5 * EQUITY)]:
            made = plan(problem, rule).measures
            who, bound = exact(problem, rule)
            optimum = Plan(problem, rule, who).measures
            ratio = made.points / bound
            if made.assigned < optimum.assigned:
                ratio = float('inf')
            if ratio > worst:
                worst, points, best = ratio, made.points, bound
    return (
        "plan of {} members x {} demands, cost".format(*SMALL),
        f"{points:,.0f} points", f"optimum {best:,.0f} points", worst,
        '<= 1.02')


def show(weights):
    for equity in weights:
        for seed in SEEDS:
            found, seconds = measured(seed, equity)
            ours, nearest = found['planner'], found['nearest']
            print(
                f"{equity:g}: seed {seed}, served {ours.assigned} "
                f"({nearest.assigned}, {found['least_loaded'].assigned}), "
                f"travel x {ours.travel / nearest.travel:.3f}, Gini "
                f"{ours.gini:.3f} {ours.gini / nearest.gini - 1:+.1%}, "
                f"minimum/mean {ours.min_mean:.2f} "
                f"({nearest.min_mean:.2f}), {seconds:.1f} s", flush=True)


if __name__ == '__main__':
    show([float(weight) for weight in sys.argv[1:]] or [EQUITY])
