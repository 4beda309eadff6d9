"""The desk: the urgent first, answers kept, jobs cancelled, a broken worker replaced."""

import os
import signal

import pytest

from tieline.errors import CaseError
from tieline.web.app import House
from tieline.web.asking import Broken, Task
from tieline.web.choice import neighbours
from tieline.web.desk import AHEAD, CLICK, CancelledError, Desk, RefusedError, WorkerError
from tieline.web.pages import Pages
from tieline.web.region import look_ahead, situation_task
from tieline.web.serve import address, listen

WAIT_S = 900


def case(desk, **asked):
    return desk.facts.region.case(asked.pop("open", "together"), topics=desk.facts.topics, **asked)


def test_a_known_answer_is_given_at_once_and_the_same_question_is_asked_once(desk):
    task = situation_task(case(desk, built=[]))
    first, second = desk.ask(task, AHEAD), desk.ask(task, CLICK)
    assert first is second or first.future.done()
    found = first.future.result(WAIT_S)
    again = desk.ask(task)
    assert again.future.done()
    assert again.future.result() is found
    assert again.state == "done"
    assert desk.job(again.id) is again


def test_a_refusal_speaks_both_languages(desk):
    job = desk.ask(Task("plan_record", (Broken("storm-9"),)))
    with pytest.raises(RefusedError) as refused:
        job.future.result(WAIT_S)
    assert "storm-1" in refused.value.message("en")
    assert "事故" in refused.value.message("zh")
    assert job.state == "failed"


def test_a_mistake_of_ours_is_told_as_such(desk):
    with pytest.raises(WorkerError, match="task_nothing"):
        desk.ask(Task("nothing")).future.result(WAIT_S)


def test_a_job_that_waits_is_cancelled_at_once(towns):
    desk = Desk(towns, n_workers=1)
    try:
        long = desk.ask(Task("appraisal", ("base", "zh")))
        waits = desk.ask(Task("appraisal", ("base", "en")))
        desk.cancel(waits)
        with pytest.raises(CancelledError):
            waits.future.result(1)
        assert waits.state == "cancelled"
        desk.cancel(long)
        try:
            long.future.result(WAIT_S)
        except CancelledError:
            assert long.state == "cancelled"
        assert desk.ask(situation_task(case(desk))).future.result(WAIT_S)
    finally:
        desk.close()


def test_a_worker_that_is_killed_is_replaced(towns):
    desk = Desk(towns, n_workers=1)
    try:
        desk.ask(situation_task(case(desk))).future.result(WAIT_S)
        os.kill(desk._workers[0]._process.pid, signal.SIGKILL)
        with pytest.raises(WorkerError):
            desk.ask(Task("appraisal", ("base", "zh"))).future.result(WAIT_S)
        assert desk.ask(Task("appraisal", ("base", "en"))).future.result(WAIT_S)
    finally:
        desk.close()


def test_a_region_that_cannot_be_read_is_refused_with_every_problem(tmp_path):
    (tmp_path / "region.toml").write_text("name = 7\n", encoding="utf-8")
    with pytest.raises(RefusedError, match="jurisdiction"):
        Desk(tmp_path)


def test_what_is_one_click_away_is_computed_ahead(desk):
    start = case(desk, built=[])
    house = House(desk, Pages(desk.facts, "0"))
    look_ahead(house, start)
    near = list(neighbours(desk.facts, start))
    assert len(near) == len(set(near)) >= 2
    for other in near:
        assert len(other.open ^ start.open) + len(other.built ^ start.built) == 1
        desk.ask(situation_task(other)).future.result(WAIT_S)


def test_only_this_machine_is_served():
    for host in ("0.0.0.0", "192.0.2.1", "example.com", "::"):  # noqa: S104 - refused is the test
        with pytest.raises(CaseError, match="loopback"):
            listen(0, host)
    with listen(0) as taken:
        assert address(taken).startswith("http://127.0.0.1:")
        with pytest.raises(CaseError, match="taken"):
            listen(taken.getsockname()[1])
