"""An appraisal as a source of a bulletin's figures."""

import pytest

from tieline.publish.bulletin.engine_source import AppraisalSource
from tieline.publish.bulletin.figure import LookupFailedError, Query


def test_an_appraisal_is_a_source(three):
    source = AppraisalSource(lambda scenario: three)
    network = three.networks["power"]
    together = source.read(Query("appraisal", {"measure": "customer_hours"}))
    assert together.value["value"] == network.total("together", "customer_hours")
    assert together.when == "2020-12-31"
    assert together.read_at["digest"] == network.digest
    assert together.status == "synthetic"
    assert together.rests_on["calibrated"] == 3
    gain = source.read(Query("appraisal", {
        "measure": "customer_hours", "figure": "gain", "jurisdiction": "east"}))
    apart, after = (network.value(s, "customer_hours")[1] for s in ("apart", "together"))
    assert gain.value["value"] == apart - after
    assert gain.label[1].endswith("（东县）")
    ratio = source.read(Query("appraisal", {"measure": "SAIDI", "state": "apart"}))
    assert ratio.value["value"] == network.total("apart", "SAIDI")


@pytest.mark.parametrize(("parameters", "said"), [
    ({"measure": "hours"}, "what the appraisal has"), ({"state": "alone"}, "what the appraisal"),
    ({"network": "water"}, "network: expected one of power"),
    ({"jurisdiction": "west"}, "jurisdiction: expected one of north, east, south"),
    ({"figure": "gian"}, "figure: expected one of total, gain"),
    ({"incident": "storm"}, "incident: expected one of"),
])
def test_what_an_appraisal_has_not_is_said(three, parameters, said):
    source = AppraisalSource(lambda scenario: three)
    with pytest.raises(LookupFailedError, match=said):
        source.read(Query("appraisal", {"measure": "customer_hours", **parameters}))
