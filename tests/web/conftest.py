"""The two towns behind a desk, with a ledger, and servers on the loopback interface.

One server is a single user's; the other has accounts. They take free ports and end with the tests.
"""

from datetime import date

import httpx
import pytest
from serving import serving
from waiting import WAIT_S

import tieline
from tieline.ledger import Entry, Note
from tieline.ledger.begin import begin
from tieline.web.accounts.store import Accounts
from tieline.web.app import create_app
from tieline.web.asking import Broken, Task
from tieline.web.desk import Desk
from tieline.web.library.keeping import FILE, Library
from tieline.web.region import chart_task, situation_task

PASSWORD = "a long enough secret"  # noqa: S105 - of accounts that live as long as the tests
KINDS = ["case", "case_step", "file"]


@pytest.fixture(scope="session")
def towns(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web") / "towns"
    tieline.new_region(folder)
    return folder


@pytest.fixture(scope="session")
def desk(towns):
    made = Desk(towns)
    warm(made)
    yield made
    made.close()


def warm(desk):
    """Have what tests ask for computed once, so that no test waits for a compiler."""
    case = desk.facts.region.case("together", topics=desk.facts.topics)
    asked = [situation_task(case), chart_task(desk.facts, case, "chosen", "zh"),
             Task("appraisal", ("base", "zh")), Task("plan", (Broken("storm-1"), "zh"))]
    for job in [desk.ask(task) for task in asked]:
        job.future.result(WAIT_S)


def fill(ledger):
    """Made-up projects with a past, a list, supervision, and rules by which the towns share."""
    note = Note("test", "to begin with")
    projects = [
        Entry("project", f"p{k}", {
            "owner": ("easttown", "westtown")[k % 2], "name_zh": f"项目{k}(虚构)",
            "name": f"Project {k} (made up)", "category": ("ecology", "industry")[k % 2],
            "stage": "preparation", "investment": f"{k + 1}00万元", "status": "synthetic",
            "start_planned": "2020-01-01", "finish_planned": "2020-12-31",
            "site": {"type": "Point", "coordinates": [float(k), 2.0]},
        }, date(2019, 1, 1)) for k in range(60)
    ]
    rules = [
        Entry("share_rule", f"share-{a}", {
            "owner": a, "grantee": b, "actions": ["read", "write"], "kinds": KINDS,
            "fields": ["*"], "purpose": "joint work"}, date(2019, 1, 1))
        for a, b in (("easttown", "westtown"), ("westtown", "easttown"))
    ]
    ledger.commit(note, [*projects, *rules])
    ledger.commit(Note("test", "the river was higher than thought"), [
        Entry("", "p0", {"stage": "construction", "finish_planned": "2021-06-30",
                         "start_actual": "2020-02-01", "signal_override": "red",
                         "signal_reason": "late"}, date(2020, 7, 1)),
        Entry("milestone", "m0", {"parent": "p0", "name_zh": "结顶", "name": "roof",
                                  "due": "2020-10-01"}, date(2020, 7, 1)),
        Entry("supervision", "s0", {"parent": "p0", "name_zh": "加快", "name": "hurry",
                                    "list": "2020", "deadline": "2020-11-01"}, date(2020, 7, 1)),
        Entry("list", "l0", {"owner": "easttown", "name_zh": "清单", "name": "a list"},
              date(2019, 1, 1)),
        Entry("membership", "ms0", {"owner": "easttown", "list": "l0", "member": "p0"},
              date(2019, 1, 1)),
    ])


@pytest.fixture(scope="session")
def library(towns, tmp_path_factory):
    place = tmp_path_factory.mktemp("ledger") / FILE
    with begin(towns, place, "test") as made:
        fill(made)
    opened = Library.at(place)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def accounts(tmp_path_factory):
    made = Accounts(tmp_path_factory.mktemp("accounts") / "accounts.sqlite")
    made.add("east", PASSWORD, ["easttown"], ["editor", "river_office", "project_office"])
    made.add("west", PASSWORD, ["westtown"], ["editor", "river_office", "project_office"])
    made.add("looker", PASSWORD, ["easttown"], ["viewer"])
    made.add("keeper", PASSWORD, [], ["keeper"])
    yield made
    made.close()


@pytest.fixture(scope="session")
def server(desk, library):
    """The address of a single user's server."""
    with serving(create_app(desk, library=library, close=False)) as found:
        yield found


@pytest.fixture(scope="session")
def guarded(desk, library, accounts):
    """The address of a server with accounts, over the same ledger."""
    with serving(create_app(desk, library=library, accounts=accounts, close=False)) as found:
        yield found


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server, timeout=600, trust_env=False) as made:
        yield made


@pytest.fixture
def entering(guarded):
    """Log in: a client of an account."""
    opened = []

    def enter(name):
        made = httpx.Client(base_url=guarded, timeout=600, trust_env=False,
                            headers={"origin": guarded})
        opened.append(made)
        answer = made.post("/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303
        return made

    yield enter
    for made in opened:
        made.close()


@pytest.fixture
def bare(desk):
    """The address of a server without a ledger."""
    with serving(create_app(desk, close=False)) as found:
        yield found
