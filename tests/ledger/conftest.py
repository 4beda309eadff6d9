import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest
from small_ledger import make_ledger


@pytest.fixture
def ledger(tmp_path):
    with make_ledger(tmp_path / "ledger.sqlite") as made:
        yield made


@pytest.fixture(scope="session")
def postgres():
    """The URL of a server: TIELINE_POSTGRES, else one made for this run where that is possible."""
    given = os.environ.get("TIELINE_POSTGRES")
    if given:
        yield given
        return
    pytest.importorskip("psycopg")
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not homes or os.geteuid() != 0 or not shutil.which("runuser"):
        pytest.skip("no PostgreSQL server (set TIELINE_POSTGRES to use one)")
    # not under pytest's folder: the path of a socket must be short
    folder = Path(tempfile.mkdtemp(prefix="tieline-pg-"))
    shutil.chown(folder, "postgres")
    data = folder / "data"

    def as_postgres(*command):
        done = subprocess.run(
            [shutil.which("runuser"), "-u", "postgres", "--", *command], cwd=folder,
            capture_output=True, text=True, check=False,
        )
        if done.returncode:
            pytest.skip(f"no PostgreSQL server could be started: {done.stderr[-300:]}")

    as_postgres(str(homes[-1] / "initdb"), "-D", str(data), "-A", "trust", "-U", "tieline",
                "-E", "UTF8", "--no-sync")
    as_postgres(str(homes[-1] / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"),
                "-o", f"-k {folder} -c listen_addresses=", "start")
    yield f"postgresql+psycopg://tieline@/postgres?host={folder}"
    as_postgres(str(homes[-1] / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_place(postgres):
    """A database of its own."""
    from sqlalchemy import create_engine, make_url, text

    name = f"t{uuid.uuid4().hex[:12]}"
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(postgres).set(database=name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    return request.getfixturevalue("postgres_place")


@pytest.fixture
def both(place):
    """A ledger on either database."""
    with make_ledger(place) as made:
        yield made
