"""A fleet on a real Dask cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable
from unittest import mock

import pytest

from tests.scripts import LINE, THIRD, add_script
from tests.tenants.projects import TenantProject

MakeTenants = Callable[..., TenantProject]
#: A cluster of which one worker is killed while a fleet is at work.
CLUSTER = """
import os
import signal
import subprocess
import sys
import time

from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        url = cluster.scheduler_address.replace("tcp://", "dask://")
        command = ["-m", "flask", "--app", "app", "db", "upgrade", "--tenants", "all", "--executor", url]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen([sys.executable, *command], **pipes)
        while process.poll() is None and not os.path.exists("begun"):
            time.sleep(0.05)
        os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)
        output, error = process.communicate()
        print(process.returncode, output, error)
"""


@pytest.mark.engines("sqlite")
def test_worker_is_killed(make_tenants: MakeTenants) -> None:
    """What a lost worker was at is done again by another one; each step is done once."""
    pytest.importorskip("distributed")
    names = [f"t{number}" for number in range(12)]
    project = make_tenants(*names)
    add_script(project.project, "4d04dd", THIRD, "slow", up="import time; open('begun', 'w').close(); time.sleep(0.2)")
    project.project.write("cluster.py", CLUSTER)
    result = project.project.run(sys.executable, "cluster.py")
    assert result.stdout.startswith("0 12 tenants: 12 done"), str(result)
    for name in names:
        assert project.steps(name) == [*((rev, "upgrade") for rev, _ in LINE), ("4d04dd", "upgrade")]


@pytest.mark.engines("sqlite")
def test_no_dask(make_tenants: MakeTenants) -> None:
    """Without the package, the message says what to install."""
    project = make_tenants("acme")
    with mock.patch.dict(sys.modules, {"distributed": None}):
        stderr = project.fails("upgrade", "--tenants", "all", "--executor", "dask://127.0.0.1:1").stderr
    assert stderr == (
        "Error: The executor dask:// needs the package distributed, which is not installed.\n"
        'Install it: pip install "Flask-Migrate[dask]"\n'
    )
