"""``flask db env --upgrade``: an env.py of an earlier release becomes the three lines of today."""

from __future__ import annotations

import ast
import json
import textwrap

import pytest

from flask_migrate.commands.envs.merging import merge
from flask_migrate.commands.envs.stock import all_stock
from tests.legacy.old_folders import CATALOGUE, FOLDERS, REPRESENTATIVES, TABLES, OldFolder, OldProject, operations

NEW = FOLDERS.parent.parent.parent / "src" / "flask_migrate" / "templates" / "flask" / "env.py"
#: Those with edits that can't be carried over.
KEPT = ("single_13_edited_own_options", "multi_10_edited_own_options")
LATEST = (FOLDERS / "single_11_latest" / "env.py").read_text(encoding="utf-8")
MULTI = (FOLDERS / "multi_09_latest" / "env.py").read_text(encoding="utf-8")
INSIDE = "            **conf_args"
TOKEN = "                upgrade_token"
OWN_MODELS = "from shop import Base\n# ours\ntarget_metadata = Base.metadata"


def upgrade_and_use(old: OldProject) -> None:
    """Replace env.py; every command does what it did."""
    before = old.project.read("migrations/env.py")
    text = old.db("env", "--upgrade")
    assert "Replaced " in text
    assert old.project.read("migrations/env.py.old") == before
    old.db("upgrade")
    assert {bind: old.tables(bind) for bind in old.folder.binds} == {bind: TABLES[bind] for bind in old.folder.binds}
    if old.folder not in REPRESENTATIVES and "edited" not in old.folder.name:
        return
    old.db("check")
    old.add_columns()
    script = old.new_script("-m", "One more column")
    assert script is not None
    if old.folder.is_multi:
        assert operations(script, "upgrade_audit") == ["add_column place"]
    old.db("upgrade")
    old.db("downgrade", "base")
    assert [old.tables(bind) for bind in old.folder.binds] == [frozenset()] * len(old.folder.binds)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("folder", [one for one in CATALOGUE if one.name not in KEPT], ids=str)
def test_upgrade(old: OldProject) -> None:
    """The folders of all releases, and one with edits that are carried over."""
    upgrade_and_use(old)
    new = old.project.read("migrations/env.py")
    if "edited" in old.folder.name:
        assert new.endswith("run(include_object=include_object, compare_type=True, render_as_batch=True)\n")
    else:
        assert new == NEW.read_text(encoding="utf-8")
    assert "there is nothing to do" in old.db("env", "--upgrade")


@pytest.mark.engines("postgresql", "mariadb")
@pytest.mark.parametrize("folder", [REPRESENTATIVES[-1]], ids=str)
def test_upgrade_on_a_server(old: OldProject) -> None:
    """The latest for several databases."""
    upgrade_and_use(old)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("folder", [one for one in CATALOGUE if one.name in KEPT], ids=str)
def test_kept(old: OldProject) -> None:
    """What can't be carried over is told with the edits, and nothing is written."""
    before = old.project.read("migrations/env.py")
    error = old.project.fails("db", "env", "--upgrade").stderr
    assert "env.py was kept as it is, since not every edit can be carried over: " in error
    assert "run_migrations_online() (line " in error
    assert "+++ env.py" in error
    data = json.loads(old.project.fails("db", "env", "--upgrade", "--json").stdout)
    assert (data["kind"], data["backup"], data["text"]) == ("kept", "", "")
    assert old.project.read("migrations/env.py") == before
    assert not list(old.project.folder.glob("migrations/*.old*"))


@pytest.mark.engines("sqlite")
class TestFile:
    """Looking, trying, and the old file."""

    @pytest.fixture
    def folder(self) -> OldFolder:
        """The latest."""
        return CATALOGUE[10]

    def test_dry_run(self, old: OldProject) -> None:
        """Without ``--upgrade`` it is told what env.py is; with ``--dry-run`` what it would become."""
        assert "env.py is the template flask of Flask-Migrate 4.0.5." in old.db("env")
        assert NEW.read_text(encoding="utf-8") in old.db("env", "--upgrade", "--dry-run")
        assert json.loads(old.db("env", "--json"))["kind"] == "stock"
        assert old.project.read("migrations/env.py") == LATEST
        lead = "flask db env --upgrade"
        assert lead in old.db("doctor")

    def test_other_databases(self, old: OldProject) -> None:
        """The file for one database has left the binds alone, which the new one does not."""
        old.project.binds["audit"] = "sqlite://"
        data = json.loads(old.db("env", "--json"))
        assert data["note"].startswith(
            "Only the default database was migrated; the new env.py migrates 'audit' as well."
        )

    def test_no_backup_is_lost(self, old: OldProject) -> None:
        """An older backup stays; line ends are those of the old file."""
        old.project.write("migrations/env.py.old", "mine")
        path = old.project.folder / "migrations" / "env.py"
        path.write_bytes(LATEST.replace("\n", "\r\n").encode())
        data = json.loads(old.db("env", "--upgrade", "--json"))
        assert (data["kind"], data["backup"].endswith("env.py.old2")) == ("stock", True)
        assert old.project.read("migrations/env.py.old") == "mine"
        assert path.read_bytes() == NEW.read_bytes().replace(b"\n", b"\r\n")

    @pytest.mark.parametrize("text", ["def f(:", "\x00", "# coding: nowhere\n"])
    def test_no_python(self, old: OldProject, text: str) -> None:
        """A file that is no Python is told in a sentence."""
        old.project.write("migrations/env.py", text)
        error = old.project.fails("db", "env", "--upgrade").stderr
        assert "env.py is not Python: " in error
        assert not list(old.project.folder.glob("migrations/*.old*"))

    def test_own(self, old: OldProject) -> None:
        """A file that has nothing of a release is the project's own."""
        old.project.write("migrations/env.py", "print('here')\n")
        assert (
            "it has no run_migrations_offline() like that of a release"
            in old.project.fails("db", "env", "--upgrade").stderr
        )


@pytest.mark.parametrize("name", [stock.name for stock in all_stock()])
def test_every_release(name: str) -> None:
    """What a release wrote is known, whatever a formatter and a person's comments have made of it."""
    stock = next(one for one in all_stock() if one.name == name)
    source = "# our own\n" + ast.unparse(stock.tree).replace(
        "def run_migrations_online():", "def run_migrations_online() -> None:"
    )
    found = merge(source)
    assert (found.kind, found.carried, found.obstacles) == ("stock", (), ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fileConfig(config.config_file_name)", "fileConfig(config.config_file_name, disable_existing_loggers=False)"),
        ("fileConfig(config.config_file_name)\n", ""),
        ("'sqlalchemy.url', get_engine_url())", "'sqlalchemy.url', str(get_engine().url))"),
    ],
)
def test_edits_without_effect(old: str, new: str) -> None:
    """Logging is set up by the commands, and the URL is the app's own anyway."""
    assert old in LATEST
    assert merge(LATEST.replace(old, new)).kind == "stock"


@pytest.mark.parametrize(
    ("source", "old", "new", "result"),
    [
        (
            LATEST,
            "target_db = current",
            f"import sys\nsys.path.append('.')\n{OWN_MODELS}\ntarget_db = current",
            f"import sys\n\nsys.path.append('.')\n\n{OWN_MODELS}".replace("Base\n#", "Base\n\n#")
            + "\n\nrun(target_metadata=target_metadata)\n",
        ),
        (
            LATEST,
            INSIDE,
            f"            compare_type=False,\n            version_table='v',\n{INSIDE}",
            "\nrun(compare_type=False, version_table='v')\n",
        ),
        (
            LATEST,
            "        return target_db.metadatas[None]",
            "        return target_db.metadatas['x']",
            "    return target_db.metadata\n\nrun(target_metadata=get_metadata())\n",
        ),
        (
            LATEST,
            "                directives[:] = []",
            "                directives[:] = []\n                print(config)",
            "\nrun(process_revision_directives=process_revision_directives)\n",
        ),
        (
            LATEST,
            "    connectable = get_engine()",
            "    conf_args['include_schemas'] = True\n    connectable = get_engine()",
            "\nrun(include_schemas=True)\n",
        ),
        (MULTI, TOKEN, f"                include_schemas=True,\n{TOKEN}", "\nrun(include_schemas=True)\n"),
    ],
)
def test_edits_that_are_carried_over(source: str, old: str, new: str, result: str) -> None:
    """Imports, functions, models and options of a person are in the new file, in their order, and it runs."""
    found = merge(source.replace(old, new, 1))
    assert found.kind == "edited", found.obstacles
    assert found.text.endswith(result), found.text
    compile(found.text, "env.py", "exec")
    assert found.diff


@pytest.mark.parametrize(
    ("source", "old", "new", "obstacle"),
    [
        (LATEST, "as connection:\n", "as connection:\n        connection.begin()\n", "run_migrations_online() (line "),
        (LATEST, "url', get_engine_url())", "url', 'sqlite:///x')", "says itself which database is meant"),
        (LATEST, "connectable = get_engine()", "connectable = create_engine('x')", "run_migrations_online() (line "),
        (LATEST, "if context.is_offline_mode():", "if 1 or context.is_offline_mode():", "in a way of its own"),
        (LATEST, INSIDE, f"            include_name=unknown,\n{INSIDE}", "the name unknown is bound nowhere"),
        (MULTI, "USE_TWOPHASE = False", "USE_TWOPHASE = True", "gives USE_TWOPHASE a meaning of its own"),
        (MULTI, TOKEN, f"                version_table=name,\n{TOKEN}", "run_migrations_online() (line "),
    ],
)  # fmt: skip
def test_edits_that_are_not(source: str, old: str, new: str, obstacle: str) -> None:
    """Own connections and URLs, and what depends on a bind, are left to the person."""
    assert old in source
    found = merge(source.replace(old, new))
    assert (found.kind, found.text) == ("kept", "")
    assert obstacle in "; ".join(found.obstacles)
    assert found.diff


def test_names_of_the_release_come_along() -> None:
    """What an edit needs of the old file is in the new one, and nothing else."""
    edit = "def include_name(name, kind, parents):\n    return config.get_main_option('own') == name\n\n\n"
    source = LATEST.replace("def run_migrations_online", f"{edit}def run_migrations_online").replace(
        INSIDE, f"            include_name=include_name,\n{INSIDE}"
    )
    found = merge(source)
    head = found.text.partition("# this is")[0]
    assert head == textwrap.dedent(
        '''\
        """The migration environment; `run()` takes the arguments of Alembic's `context.configure()`."""
        from flask_migrate.environment import run
        from alembic import context

        '''
    )
    assert "\nconfig = context.config\n\ndef include_name" in found.text
    assert found.text.endswith("\n\nrun(include_name=include_name)\n")
