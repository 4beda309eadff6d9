"""The command: serves, says where, ends cleanly; does not slow the other commands down."""

import json
import signal
import subprocess
import sys

import httpx
import pytest


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_told_to_end(towns, how):
    program = [sys.executable, "-m", "tieline", "serve", str(towns), "--no-open", "--lang", "en"]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            address = running.stdout.readline().split()[0]
            assert address.startswith("http://127.0.0.1:")
            assert httpx.get(address, timeout=60, trust_env=False).status_code == 200
            running.send_signal(how)
            rest, complaints = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == 0
    assert "Ended." in rest
    assert complaints == ""


def test_a_folder_that_is_no_region_is_refused(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tieline", "serve", str(tmp_path), "--no-open", "--lang", "zh"],
        capture_output=True, text=True, check=False, timeout=120,
    )
    assert done.returncode == 1
    assert "region.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_other_commands_do_not_load_the_server():
    code = (
        "import sys, json\nfrom tieline.cli.run import run\ncode = run(['serve', '--help'])\n"
        "print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    exit_code, loaded = json.loads(done.stderr.splitlines()[-1])
    assert exit_code == 0
    assert not {"fastapi", "uvicorn", "jinja2", "numpy", "pydantic"} & set(loaded)
