"""SimBench's medium-voltage networks: imported by the command, every plan checked step by step."""

import random
import subprocess
import sys
import warnings

import numpy as np
import pytest
from incidents import StepJudge, incident, violations
from twin_folder import Folder

import tieline
from tieline.power.engine import PowerEngine
from tieline.power.loading import check_state

with warnings.catch_warnings():
    # pandapower's and SimBench's own imports warn about pandas and numpy; none of ours run in here
    warnings.simplefilter("ignore")
    pp = pytest.importorskip("pandapower")
    simbench = pytest.importorskip(
        "simbench", reason="SimBench is not installed: pip install simbench (90 MB of networks)"
    )

CODES = [f"1-MV-{kind}--0-sw" for kind in ("rural", "semiurb", "urban", "comm")]
HEADS, INNER, DOUBLE = 3, 3, 3
"""Faults tried in each network: lines at a station's breaker, other lines, two lines at once."""


class Imported:
    """A network as SimBench has it, solved by pandapower, and our region of it."""

    def __init__(self, code, folder):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # their loaders and solver, not ours
            self.net = simbench.get_simbench_net(code)
            file = folder / "grid.json"
            pp.to_json(self.net, str(file))
            for side in ("tap_pos", "tap_neutral"):
                plain = self.net.trafo["tap_changer_type"].isin(["Ratio", "Symmetrical"])
                self.net.trafo.loc[~plain, side] = 0  # as the importer says it leaves them out
            pp.runpp(
                self.net, trafo_model="pi", calculate_voltage_angles=False, tolerance_mva=1e-10
            )
        region = folder / "region"
        subprocess.run(
            [sys.executable, "-m", "tieline", "import", "pandapower", str(file), str(region),
             "--jurisdictions", "supply"], check=True, capture_output=True,
        )
        self.data = tieline.read_region(region)
        self.network = self.data.networks["power"]
        self.judge = StepJudge(Folder.read(region))

    def faults(self):
        """Sets of lines to break."""
        rng = random.Random(7)  # noqa: S311 - seeded tests
        lines = {str(i) for i in self.network.branches.ids}
        breakers = [r for r in self.judge.rows["switch"] if r["kind"] == "breaker"]
        heads = sorted({r["element"] for r in breakers} & lines)
        inner = sorted(lines - set(heads))
        return [
            *([h] for h in rng.sample(heads, HEADS)), *([i] for i in rng.sample(inner, INNER)),
            *(rng.sample(sorted(lines), 2) for _ in range(DOUBLE)),
        ]


@pytest.fixture(scope="module", params=CODES)
def imported(request, tmp_path_factory):
    return Imported(request.param, tmp_path_factory.mktemp("simbench"))


def test_every_voltage_before_any_fault_equals_that_of_pandapower(imported):
    topology, loadings = check_state(imported.network, imported.data.case("apart"))
    node = loadings[0].node
    ours = np.hypot(node.vr, node.vi)[topology.position_of_bus]
    theirs = imported.net.res_bus.vm_pu.loc[
        [int(b.removeprefix("bus")) for b in imported.network.buses.ids]]
    fed = theirs.notna().to_numpy()
    np.testing.assert_allclose(ours[fed], theirs[fed], rtol=0.0, atol=1e-6)


def test_every_plan_keeps_the_limits_at_every_step(imported):
    case = imported.data.region.case("together", topics=("power",))
    for lines in imported.faults():
        plan = PowerEngine().respond(imported.network, case, incident(*lines))
        assert violations(plan, imported.judge, (1.0, 1.0, 1.0)) == [], lines
        waited = plan.waiting.values[:, 2].sum()
        assert plan.outcome.values[:, 2].sum() <= waited + 1e-6, lines
        assert 0.0 <= plan.bound <= plan.objective + 1e-6, lines
