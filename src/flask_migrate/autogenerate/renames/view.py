"""An inspector that shows a database as it will be when what was renamed has its new names."""

from __future__ import annotations

import copy
import re
import typing as t

from sqlalchemy.engine import Inspector, ObjectKind, ObjectScope

from ..inspection.inspector import SUBJECTS
from .model import Place, Renames

#: Literals, quoted names and words; a word before a parenthesis is a function.
TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[^\W\d][\w$]*(?!\s*\()""")


def renamed_inspector(inspector: Inspector, renames: Renames) -> RenamedInspector:
    """An inspector that answers with the new names what ``inspector`` knows under the old ones."""
    kind = type(inspector)
    made = t.cast("RenamedInspector", object.__new__(type(f"Renamed{kind.__name__}", (RenamedInspector, kind), {})))
    made.__dict__.update(inspector.__dict__, original=inspector, renames=renames, info_cache={}, names={})
    return made


def renamed_text(text: str, renamed: t.Mapping[str, str], quote: t.Callable[[str], str]) -> str:
    """An expression with other names of columns."""

    def replace(match: re.Match[str]) -> str:
        token = match[0]
        sign = token[0]
        if sign == "'":
            return token
        name = token[1:-1].replace(sign * 2, sign) if sign in '"`' else token
        new = renamed.get(name)
        return token if new is None else quote(new) if sign not in '"`' else sign + new.replace(sign, sign * 2) + sign

    return TOKEN.sub(replace, text)


def plain_quote(dialect: t.Any) -> t.Callable[[str], str]:
    """What quotes a name as the engine's catalog does; some preparers double percent signs, for their drivers."""
    quote: t.Callable[[str], str] = dialect.identifier_preparer.quote
    return (lambda name: quote(name).replace("%%", "%")) if "%%" in quote("%") else quote


class RenamedInspector:
    """The methods of an inspector that name tables, columns and constraints."""

    original: Inspector
    renames: Renames
    names: dict[tuple[Place, str], str]
    dialect: t.Any

    def carry(self, names: t.Iterable[t.Any]) -> None:
        """Show constraints and sequences under the names that they will get along with their table."""
        self.names.update({(one.place, one.old): one.new for one in names})

    def get_table_names(self, schema: str | None = None, **options: t.Any) -> list[str]:
        """The tables under their new names."""
        found: list[str] = []
        for one in sorted(self.renames.places(schema), key=lambda other: (other != schema, str(other))):
            places = [(one, name) for name in self.original.get_table_names(schema=one, **options)]
            found += [new[1] for new in map(self.renames.new_place, places) if new[0] == schema]
        return found

    def has_table(self, table_name: str, schema: str | None = None, **options: t.Any) -> bool:
        """Whether there is a table of that new name."""
        place = self.renames.old_place((schema, table_name))
        is_gone = place == (schema, table_name) and place in self.renames.tables
        return not is_gone and self.original.has_table(place[1], schema=place[0], **options)

    def single(self, subject: str, table: str, schema: str | None, options: dict[str, t.Any]) -> t.Any:
        """What is known of one table."""
        old = self.renames.old_place((schema, table))
        found = getattr(self.original, f"get_{subject}")(old[1], schema=old[0], **options)
        return self.translated(subject, old, found)

    def multi(self, subject: str, schema: str | None, names: t.Collection[str] | None, options: t.Any) -> t.Any:
        """What is known of several tables."""
        wanted = None if not names else [self.renames.old_place((schema, name)) for name in names]
        read = getattr(self.original, f"get_multi_{subject}")
        found: dict[t.Any, t.Any] = {}
        for source in self.renames.places(schema):
            old_names = None if wanted is None else [name for at, name in wanted if at == source]
            for place, one in read(schema=source, filter_names=old_names, **options).items() if old_names != [] else ():
                if self.renames.new_place(place)[0] == schema:
                    found[self.renames.new_place(place)] = self.translated(subject, place, one)
        return found

    def translated(self, subject: str, place: Place, value: t.Any) -> t.Any:
        """One answer with the new names."""
        if isinstance(value, list):
            return [self._item(subject, place, copy.copy(item)) for item in value]
        if isinstance(value, dict) and subject == "pk_constraint":
            return self._item(subject, place, copy.copy(value))
        return value

    def _item(self, subject: str, place: Place, item: t.Any) -> t.Any:
        columns = self.renames.columns.get(place, {})
        if item.get("name") is not None:
            mapping = (
                columns if subject == "columns" else {old: new for (at, old), new in self.names.items() if at == place}
            )
            item["name"] = mapping.get(item["name"], item["name"])
        if subject == "foreign_keys":
            target = (item["referred_schema"], item["referred_table"])
            item["referred_schema"], item["referred_table"] = self.renames.new_place(target)
            item["referred_columns"] = [self.renames.column(target, name) for name in item["referred_columns"]]
        if subject == "columns":
            self._default(place, item)
            self._labels(place, item)
        if columns:
            self._columns(columns, item)
        return item

    def get_enums(self, schema: str | None = None, **options: t.Any) -> t.Any:
        """PostgreSQL's enums with their new values."""
        found = [dict(one) for one in t.cast("t.Any", self.original).get_enums(schema=schema, **options)]
        for one in found:
            for renamed in self.renames.values:
                if renamed.name == one["name"] and (renamed.schema or one["schema"]) == one["schema"]:
                    one["labels"] = [renamed.new if label == renamed.old else label for label in one["labels"]]
        return found

    def _labels(self, place: Place, item: t.Any) -> None:
        """Put the new values into the type of a column, and into its default."""
        at = (self.renames.new_place(place), item["name"])
        for renamed in self.renames.values:
            if at not in renamed.columns or not hasattr(inner_type(item["type"]), "enums"):
                continue
            item["type"] = copy.copy(item["type"])
            if hasattr(item["type"], "item_type"):
                item["type"].item_type = copy.copy(item["type"].item_type)
            type_ = inner_type(item["type"])
            type_.enums = [renamed.new if label == renamed.old else label for label in type_.enums]
            if isinstance(item.get("default"), str):
                item["default"] = item["default"].replace(_literal(renamed.old), _literal(renamed.new))

    def _columns(self, columns: t.Mapping[str, str], item: t.Any) -> None:
        """Put the new names into lists of columns, and into expressions."""
        for key in ("constrained_columns", "column_names", "include_columns"):
            if key in item:
                item[key] = [columns.get(name, name) for name in item[key]]
        if "column_sorting" in item:
            item["column_sorting"] = {columns.get(name, name): value for name, value in item["column_sorting"].items()}
        if "expressions" in item:
            item["expressions"] = [self._text(columns, text) for text in item["expressions"]]
        if "sqltext" in item:
            item["sqltext"] = self._text(columns, item["sqltext"])
        if item.get("computed"):
            item["computed"] = {**item["computed"], "sqltext": self._text(columns, item["computed"]["sqltext"])}
        options = item.get("dialect_options")
        if options:
            item["dialect_options"] = {name: self._option(columns, name, value) for name, value in options.items()}

    def _option(self, columns: t.Mapping[str, str], name: str, value: t.Any) -> t.Any:
        if name.endswith("_include"):
            return [columns.get(one, one) for one in value]
        if name.endswith("_where"):
            return self._text(columns, value) if isinstance(value, str) else value
        return {columns.get(key, key): one for key, one in value.items()} if isinstance(value, dict) else value

    def _text(self, columns: t.Mapping[str, str], text: t.Any) -> t.Any:
        if not isinstance(text, str):
            return text
        return renamed_text(text, columns, plain_quote(self.dialect))

    def _default(self, place: Place, item: t.Any) -> None:
        """The sequence that a column owns is no default of its own; Alembic finds that out by the column's name."""
        default = item.get("default")
        if isinstance(default, str) and default.startswith("nextval(") and item.get("autoincrement") is True:
            owner = (
                self.renames.new_place(place) != place or item["name"] in self.renames.columns.get(place, {}).values()
            )
            if owner:
                item["default"] = None


def inner_type(type_: t.Any) -> t.Any:
    """The type of the items of an array, or the type itself."""
    return getattr(type_, "item_type", type_)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _single(subject: str) -> t.Callable[..., t.Any]:
    def get(self: RenamedInspector, table_name: str, schema: str | None = None, **options: t.Any) -> t.Any:
        return self.single(subject, table_name, schema, options)

    get.__name__ = f"get_{subject}"
    get.__doc__ = "What is known of one table, with its new names."
    return get


def _multi(subject: str) -> t.Callable[..., t.Any]:
    def get(
        self: RenamedInspector,
        schema: str | None = None,
        filter_names: t.Collection[str] | None = None,
        kind: ObjectKind = ObjectKind.TABLE,
        scope: ObjectScope = ObjectScope.DEFAULT,
        **options: t.Any,
    ) -> t.Any:
        return self.multi(subject, schema, filter_names, {"kind": kind, "scope": scope, **options})

    get.__name__ = f"get_multi_{subject}"
    get.__doc__ = "What is known of several tables, with their new names."
    return get


for _subject in SUBJECTS:
    setattr(RenamedInspector, f"get_{_subject}", _single(_subject))
    setattr(RenamedInspector, f"get_multi_{_subject}", _multi(_subject))
