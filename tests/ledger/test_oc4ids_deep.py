"""A package nested without end is refused in words, as a geometry is."""

import pytest

from tieline.errors import InputError
from tieline.ledger.exchange.oc4ids import read_package


def test_a_package_nested_without_end_is_refused(tmp_path):
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(InputError, match="lists within lists"):
        read_package(path, owner="a")
