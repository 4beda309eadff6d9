"""A region to spoil: the two towns, and what reading them says."""

import pytest
from spoiled_towns import Spoiled

from tieline.region.template import new_region


@pytest.fixture
def towns(tmp_path):
    return Spoiled(new_region(tmp_path / "towns"))
