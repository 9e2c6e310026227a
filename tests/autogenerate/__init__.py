"""A battery of cases for autogenerate: models before, models after, rows; on every engine, there and back.

To add a case, put a ``Case`` into ``CASES`` of the module of its class in ``cases/`` (a new module is added to the
tuple in ``cases/__init__.py``). ``before`` and ``after`` are functions that put tables into a ``MetaData``;
``metadata.info["engine"]`` is the name of the engine, for what only one engine has. Without ``after`` the models
stay as they are, and the case is about the false alarm. See ``case.py`` for all that a case can say.

A case runs with ``pytest tests/autogenerate -k "name-of-the-case"``.
"""
