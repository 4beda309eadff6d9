"""The order of jobs: the kernel against a slow twin written from the definition."""

import itertools
import math
import random

import numpy as np
import pytest

from tieline.power.kernels import ordering
from tieline.power.kernels.ordering import Work, new_times


def lists(made):
    at = np.concatenate([[0], np.cumsum([len(x) for x in made])]).astype(np.int64)
    return at, np.array([k for x in made for k in x], np.int64)


class Draft:
    """Random jobs: repairs, then switching that waits for some of what stands before it."""

    def __init__(self, seed, n_repairs=3, n_more=4, n_crews=2):
        rng = random.Random(seed)  # noqa: S311 - a seeded test keeps no secret
        n = n_repairs + n_more
        self.n, self.n_repairs = n, n_repairs
        self.sent = [k < n_repairs or rng.random() < 0.6 for k in range(n)]
        self.travel, self.agree, self.act = ([rng.uniform(0, 1) for _ in range(n)]
                                             for _ in range(3))
        self.need = [[j for j in range(n_repairs, k) if rng.random() < 0.4] for k in range(n)]
        self.release = [[r for r in range(n_repairs) if k >= n_repairs and rng.random() < 0.2]
                        for k in range(n)]
        self.crew = [rng.sample(range(n_crews), rng.randint(1, n_crews)) for _ in range(n)]
        self.first = [[rng.uniform(0, 1) for _ in range(n)] for _ in range(n_crews)]
        self.between = [[rng.uniform(0, 1) for _ in range(n)] for _ in range(n)]
        self.free = [rng.uniform(0, 1) for _ in range(n_crews)]
        self.up = [-1, 0, 1, 1, 0, -1]
        self.fed = [True] * 5 + [False]
        self.weight = [rng.uniform(0, 9) for _ in self.up]
        self.hit = [[rng.randrange(5)] for _ in range(n_repairs)]
        self.held = [(1, 0), (4, n_repairs - 1)]
        self.zone = [[z for z in range(6) if k >= n_repairs and rng.random() < 0.2]
                     for k in range(n)]

    def work(self):
        need_at, need = lists(self.need)
        release_at, release = lists(self.release)
        crew_at, crew = lists([c if s else [] for c, s in zip(self.crew, self.sent, strict=True)])
        zone_at, zone = lists(self.zone)
        hit_at, hit = lists(self.hit)
        return Work(
            np.array(self.sent), *(np.array(x) for x in (self.travel, self.agree, self.act)),
            need_at, need, release_at, release, crew_at, crew, zone_at, zone,
            np.array(self.first), np.array(self.between), np.array(self.free),
            np.arange(self.n_repairs), hit_at, hit, np.array([z for z, _ in self.held]),
            np.array([r for _, r in self.held]), np.array(self.up), np.array(self.fed),
            np.array(self.weight),
        )

    def ends(self, order):
        """When each job ends: always the first of the order that may begin, by the best crew."""
        end, free, at = {}, list(self.free), [None] * len(self.free)
        todo = [k for k in range(self.n) if not self.sent[k]] + list(order)
        while todo:
            k = next(k for k in todo if all(j in end for j in self.need[k] + self.release[k]))
            todo.remove(k)
            ready = max((end[j] for j in self.need[k]), default=0.0)
            after = max((end[j] for j in self.release[k]), default=0.0)
            took = self.agree[k] + self.act[k]
            if not self.sent[k]:
                end[k] = max(max(self.travel[k], ready) + took, after)
                continue
            options = []
            for c in self.crew[k]:
                way = self.first[c][k] if at[c] is None else self.between[at[c]][k]
                options.append((max(max(free[c] + way, ready) + took, after), c))
            end[k], c = min(options, key=lambda o: o[0])
            free[c], at[c] = end[k], k
        return end

    def hours(self, end):
        """Every zone by its definition: the latest repair on its way, else a held device's."""
        last = max(end[r] for r in range(self.n_repairs))
        total = 0.0
        for z, weight in enumerate(self.weight):
            way, at = [], z
            while at >= 0:
                way.append(at)
                at = self.up[at]
            hit = [end[r] for r, zones in enumerate(self.hit) if set(zones) & set(way)]
            held = [end[r] for below, r in self.held if below in way]
            back = max(hit) if hit else max(held, default=0.0)
            if not self.fed[z]:
                back = last
            total += weight * min([back, *(end[k] for k in range(self.n) if z in self.zone[k])])
        return total


@pytest.mark.parametrize("seed", range(30))
def test_times_and_hours_are_those_of_the_definition(seed):
    made = Draft(seed)
    work = made.work()
    times = new_times(work)
    order = np.flatnonzero(made.sent)
    random.Random(seed).shuffle(order)  # noqa: S311 - a seeded test keeps no secret
    assert ordering.give_times(work, order, times) == ordering.DONE
    end = made.ends(order.tolist())
    assert times.end.tolist() == pytest.approx([end[k] for k in range(made.n)])
    assert ordering.hours_of(work, times) == pytest.approx(made.hours(end))


@pytest.mark.parametrize("seed", range(6))
def test_no_order_is_better_than_the_best_of_all(seed):
    made = Draft(seed)
    work = made.work()
    times = new_times(work)
    order = np.flatnonzero(made.sent)
    orders = list(itertools.permutations(order.tolist()))
    count = ordering.best_of_all(work, order, order.copy(), np.arange(len(order)), times)
    assert count == math.factorial(len(order)) == len(orders)
    least = min(made.hours(made.ends(o)) for o in orders)
    assert made.hours(made.ends(order.tolist())) == pytest.approx(least)


@pytest.mark.parametrize("seed", range(6))
def test_moves_never_make_it_worse_and_keep_to_their_number(seed):
    made = Draft(seed, n_repairs=4, n_more=6)
    work = made.work()
    times = new_times(work)
    order = np.flatnonzero(made.sent)
    before = made.hours(made.ends(order.tolist()))
    jobs = sorted(order.tolist())
    assert ordering.best_by_moves(work, order, order.copy(), 50, times) <= 50
    assert sorted(order.tolist()) == jobs
    assert made.hours(made.ends(order.tolist())) <= before + 1e-9


def test_a_job_that_no_crew_can_do_and_jobs_that_wait_for_each_other_are_told_apart():
    made = Draft(0)
    made.crew[0] = []
    work = made.work()
    order = np.flatnonzero(made.sent)
    assert ordering.give_times(work, order, new_times(work)) == ordering.NOBODY
    made = Draft(0)
    made.need[-1], made.need[-2] = [made.n - 2], [made.n - 1]
    work = made.work()
    assert ordering.give_times(work, order, new_times(work)) == ordering.STUCK
