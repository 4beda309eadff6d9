"""A small ledger of three counties, and a project for it."""

from datetime import date

from tieline.ledger import Entry, Ledger, Note

COUNTIES = ("qingpu", "wujiang", "jiashan")
NOTE = Note("the test", "to see")


def make_ledger(place):
    return Ledger.create(
        place, Note("the test", "begin"), name="Test", name_zh="测试", time_zone="Asia/Shanghai",
        jurisdictions=[{"id": c, "name": c.title()} for c in COUNTIES],
    )


def project(record="p1", day=date(2019, 1, 1), owner="jiashan", **values):
    given = {"owner": owner, "name_zh": "占位项目(虚构)", "stage": "preparation", **values}
    return Entry("project", record, given, day)
