"""Schemathesis: whatever the description of the API allows or forbids, no server error."""

import contextlib

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

ROOT = "/api/v1"
N_EACH = 4
SETTINGS = settings(
    max_examples=N_EACH, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))


@pytest.mark.filterwarnings("ignore")
def test_no_request_brings_about_a_server_error(server):
    schema = schemathesis.openapi.from_url(f"{server}{ROOT}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 20
    seen = {}
    for operation in operations:
        for mode in schemathesis.GenerationMode:

            @SETTINGS
            @given(case=operation.as_strategy(generation_mode=mode))
            def asked(case):
                answer = case.call()
                seen.setdefault(case.operation.label, set()).add(answer.status_code)
                assert answer.status_code < 500, (case.as_curl_command(), answer.text[:300])

            with contextlib.suppress(Unsatisfiable):  # nothing about it can be wrong
                asked()
    assert set(seen) == {operation.label for operation in operations}
