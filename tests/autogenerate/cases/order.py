"""Order and dependencies: tables that refer to each other come and go."""

from __future__ import annotations

import sqlalchemy as sa

from ..case import Case, identity


def kept(metadata: sa.MetaData) -> None:
    """A few tables that stay, so that not all are dropped."""
    for name in ("kept_a", "kept_b", "kept_c", "kept_d"):
        sa.Table(name, metadata, identity())


def chain(metadata: sa.MetaData) -> None:
    """Tables in a row, whose alphabetical order is wrong."""
    kept(metadata)
    sa.Table("alpha", metadata, identity())
    sa.Table("beta", metadata, identity(), sa.Column("alpha_id", sa.ForeignKey("alpha.id"), index=True))
    sa.Table("gamma", metadata, identity(), sa.Column("beta_id", sa.ForeignKey("beta.id", name="fk_gamma")))


def circle(metadata: sa.MetaData, name: str | None = "fk_lead") -> None:
    """Two tables that refer to each other."""
    kept(metadata)
    sa.Table("team", metadata, identity(), sa.Column("lead_id", sa.ForeignKey("person.id", name=name)))
    sa.Table(
        "person",
        metadata,
        identity(),
        sa.Column("team_id", sa.ForeignKey("team.id", name=name and "fk_team", use_alter=name is not None)),
        sa.Column("boss_id", sa.ForeignKey("person.id")),
    )


def child(metadata: sa.MetaData, *, parent: bool) -> None:
    """A table whose parent goes while its column stays."""
    kept(metadata)
    key = [sa.ForeignKey("parent.id", name="fk_parent")] if parent else []
    if parent:
        sa.Table("parent", metadata, identity())
    sa.Table("child", metadata, identity(), sa.Column("parent_id", sa.Integer, *key))


def generated(metadata: sa.MetaData, *, old: bool) -> None:
    """A generated column comes, another one goes, and the column that both are made of changes."""
    kept(metadata)
    name = sa.Column("name", sa.String(50 if old else 80), nullable=old)
    made = sa.Column("before" if old else "after", sa.String(90), sa.Computed("name", persisted=True))
    sa.Table("person", metadata, identity(), name, made)


CASES = (
    Case(
        name="order-generated-from-what-changes",
        before=lambda m: generated(m, old=True),
        after=lambda m: generated(m, old=False),
        rows={"person": [{"id": 1, "name": "Ann"}]},
        options={"no_renames": True, "fill": ["person.name=''"]},
    ),
    Case(name="order-drop-chain", before=chain, after=kept, rows={"alpha": [{"id": 1}], "kept_a": [{"id": 1}]}),
    Case(name="order-create-chain", before=kept, after=chain, rows={"kept_a": [{"id": 1}]}),
    Case(name="order-drop-circle", before=circle, after=kept, rows={"kept_a": [{"id": 1}]}),
    Case(name="order-create-circle", before=kept, after=circle, rows={"kept_a": [{"id": 1}]}),
    Case(name="order-create-circle-without-names", before=kept, after=lambda m: circle(m, None)),
    Case(
        name="order-parent-goes-column-stays",
        before=lambda m: child(m, parent=True),
        after=lambda m: child(m, parent=False),
        rows={"parent": [{"id": 7}], "child": [{"id": 1, "parent_id": None}]},
    ),
    Case(
        name="order-parent-goes-column-stays-with-its-values",
        before=lambda m: child(m, parent=True),
        after=lambda m: child(m, parent=False),
        rows={"parent": [{"id": 7}], "child": [{"id": 1, "parent_id": 7}, {"id": 2, "parent_id": 7}]},
    ),
    Case(
        name="order-parent-goes-with-the-column",
        before=lambda m: child(m, parent=True),
        after=lambda m: (kept(m), sa.Table("child", m, identity())),
        rows={"parent": [{"id": 7}], "child": [{"id": 1, "parent_id": 7}]},
    ),
    Case(
        name="order-parent-comes-to-column",
        before=lambda m: child(m, parent=False),
        after=lambda m: child(m, parent=True),
        rows={"child": [{"id": 1, "parent_id": None}]},
    ),
)
