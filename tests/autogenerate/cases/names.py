"""Constraints and indexes that get another name."""

from __future__ import annotations

import sqlalchemy as sa

from ..case import Case, identity

CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def named(metadata: sa.MetaData, mark: str) -> None:
    """A table in which everything has a name."""
    sa.Table("team", metadata, sa.Column("id", sa.Integer), sa.PrimaryKeyConstraint("id", name=f"pk_team_{mark}"))
    sa.Table(
        "user",
        metadata,
        identity(),
        sa.Column("name", sa.String(20)),
        sa.Column("code", sa.String(20)),
        sa.Column("team_id", sa.Integer),
        sa.Index(f"ix_{mark}", "name", "code"),
        sa.UniqueConstraint("code", name=f"uq_{mark}"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=f"fk_{mark}"),
    )


def conventional(metadata: sa.MetaData, convention: dict[str, str] | None) -> sa.MetaData:
    """Tables whose constraints have no names of their own."""
    made = sa.MetaData(naming_convention=convention)
    made.info.update(metadata.info)
    sa.Table("team", made, identity())
    sa.Table(
        "user",
        made,
        identity(),
        sa.Column("code", sa.String(20), unique=True),
        sa.Column("mark", sa.String(20), index=True),
        sa.Column("team_id", sa.ForeignKey("team.id")),
    )
    return made


ROWS = {"team": [{"id": 3}], "user": [{"id": 1, "name": "Ann", "code": "a", "team_id": 3}]}

CASES = (
    Case(
        name="names-changed",
        before=lambda m: named(m, "one"),
        after=lambda m: named(m, "it's 100% two"),
        rows=ROWS,
        absent=["drop_index", "drop_constraint"],
        engines=["postgresql"],
    ),
    Case(
        name="names-of-indexes-changed",
        before=lambda m: sa.Table("user", m, identity(), sa.Column("a", sa.Integer), sa.Index("ix_one", "a")),
        after=lambda m: sa.Table("user", m, identity(), sa.Column("a", sa.Integer), sa.Index("ix two", "a")),
        rows={"user": [{"id": 1, "a": 1}]},
    ),
    Case(
        name="names-by-a-convention",
        before=lambda m: conventional(m, None),
        after=lambda m: conventional(m, CONVENTION),
        rows={"team": [{"id": 3}], "user": [{"id": 1, "code": "a", "mark": "b", "team_id": 3}]},
    ),
    Case(
        name="names-by-a-convention-from-the-start",
        before=lambda m: conventional(m, CONVENTION),
        after=lambda m: sa.Table("more", conventional(m, CONVENTION), identity()).metadata,
        rows={"team": [{"id": 3}]},
    ),
)
