"""What ``Migrate(app, db)`` adds to a process that has Flask and Flask-SQLAlchemy already.

The differences are taken inside one process, for the difference of two whole processes drowns in their noise.
With ``allocations`` as its argument it traces what Python allocates, which makes the times worthless.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import tracemalloc

from flask import Flask
from flask_sqlalchemy import SQLAlchemy


def resident() -> int:
    """The resident memory of this process in bytes; 0 where no ``/proc`` tells it."""
    if not os.path.exists("/proc/self/statm"):
        return 0
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db = SQLAlchemy(app)

is_traced = "allocations" in sys.argv
gc.collect()
modules = len(sys.modules)
memory = resident()
if is_traced:
    tracemalloc.start()
started = time.process_time()

from flask_migrate import Migrate  # noqa: E402  # its import is what is measured

Migrate(app, db)

figures = {"start": time.process_time() - started, "modules": len(sys.modules) - modules}
if is_traced:
    figures["allocated"] = tracemalloc.get_traced_memory()[0]
elif memory:
    figures["resident"] = resident() - memory
with open(os.environ["BENCH_FIGURES"], "w", encoding="utf-8") as file:
    json.dump(figures, file)
