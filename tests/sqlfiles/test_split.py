"""SQL text is divided where the engine would divide it."""

from __future__ import annotations

import pytest

from flask_migrate import MigrateError
from flask_migrate.sqlfiles import split

ALL = ("sqlite", "postgresql", "mysql", "mariadb")


def texts(sql: str, dialect: str) -> list[str]:
    """The statements in one line each."""
    return [" ".join(statement.text.split()) for statement in split(sql, dialect)]


@pytest.mark.parametrize("dialect", ALL)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_all_engines_share(dialect: str, end: str) -> None:
    """Strings, quoted names and comments hide semicolons; empty statements are none; the last one needs no end."""
    lines = [
        "-- one; two",
        "SELECT 'a;''b', \"c;d\" /* ; */;",
        ";",
        "",
        "SELECT 2 -- ;",
        "; /* end */",
        "SELECT ':x %s'",
    ]
    assert texts(end.join(lines), dialect) == [
        "-- one; two SELECT 'a;''b', \"c;d\" /* ; */",
        "SELECT 2 -- ;",
        "/* end */ SELECT ':x %s'",
    ]


def test_postgresql() -> None:
    """Dollar quotes, escape strings, nested comments, and bodies in standard SQL."""
    assert texts("SELECT $$a;b$$; SELECT $x$ $$;$$ $x$; SELECT 1 /* /* ; */ ; */; SELECT $1", "postgresql") == [
        "SELECT $$a;b$$",
        "SELECT $x$ $$;$$ $x$",
        "SELECT 1 /* /* ; */ ; */",
        "SELECT $1",
    ]
    assert texts(r"SELECT E'\';'; SELECT 'a\'; SELECT 2", "postgresql") == [
        r"SELECT E'\';'",
        r"SELECT 'a\'",
        "SELECT 2",
    ]
    body = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END"
    assert texts(f"BEGIN; COMMIT; {body}; SELECT 1", "postgresql") == ["BEGIN", "COMMIT", body, "SELECT 1"]


def test_mariadb() -> None:
    """Backslashes, comments with a hash, bodies with and without DELIMITER."""
    assert texts("SELECT 'a\\';'; # x;\nSELECT `b;c`", "mysql") == ["SELECT 'a\\';'", "# x; SELECT `b;c`"]
    body = (
        "CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; WHILE 0 DO SELECT 2; END WHILE; "
        "CASE 1 WHEN 1 THEN SELECT 3; END CASE; SELECT CASE WHEN 1 THEN 2 END; END"
    )
    assert texts(f"{body}; SELECT 4", "mysql") == [body, "SELECT 4"]
    assert texts(f"DELIMITER //\n{body} //\ndelimiter ;\nSELECT 4;", "mariadb") == [body, "SELECT 4"]
    trigger = "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = 1"
    assert texts(f"{trigger}; BEGIN; COMMIT", "mysql") == [trigger, "BEGIN", "COMMIT"]


def test_sqlite() -> None:
    """Triggers hold statements."""
    trigger = 'CREATE TEMP TRIGGER "t;" AFTER INSERT ON a BEGIN UPDATE a SET x = CASE WHEN 1 THEN 2 END; '
    trigger += "DELETE FROM [b;c]; END"
    assert texts(f"BEGIN; -- c\n{trigger}; SELECT 1;", "sqlite") == ["BEGIN", f"-- c {trigger}", "SELECT 1"]


def test_hostile() -> None:
    """What looks like a delimiter, a comment or a command, and is none; and the other way round."""
    assert texts("\ufeffSELECT 5--1;2\n; SELECT 3", "mysql") == ["SELECT 5--1", "2", "SELECT 3"]
    assert texts("SELECT 5--1;2\n; SELECT 3", "postgresql") == ["SELECT 5--1;2", "SELECT 3"]
    body = "CREATE TRIGGER a BEFORE INSERT ON b FOR EACH ROW BEGIN SELECT 1; END"
    assert texts(f"DELIMITER $$\n{body}$$\nDELIMITER ;\nSELECT 2;", "mariadb") == [body, "SELECT 2"]
    compound = "BEGIN NOT ATOMIC FOR i IN 1..3 DO SELECT i; END FOR; END"
    assert texts(f"{compound}; SELECT 1", "mariadb") == [compound, "SELECT 1"]
    rule = "CREATE RULE r AS ON INSERT TO a DO ALSO (DELETE FROM b; DELETE FROM c)"
    assert texts(f"{rule}; SELECT 1", "postgresql") == [rule, "SELECT 1"]
    assert texts("\\restrict abc\nSELECT 1;\n\\unrestrict abc\n", "postgresql") == ["SELECT 1"]
    function = "DO $o$ BEGIN EXECUTE $i$ SELECT ';' $i$; END $o$"
    assert texts(f"{function}; SELECT a$b$; SELECT U&'\\;'; SELECT 'a'\n'b;c'", "postgresql") == [
        function,
        "SELECT a$b$",
        "SELECT U&'\\;'",
        "SELECT 'a' 'b;c'",
    ]


@pytest.mark.parametrize(
    ("sql", "dialect", "message"),
    [
        ("SELECT 1;\nSELECT 'a", "sqlite", "the SQL, line 2: the string that begins there has no end."),
        ('SELECT "a', "mysql", 'line 1: the text in " that begins there has no end.'),
        ("/* a", "mariadb", "line 1: the comment that begins there has no end."),
        ("\n/* /* */", "postgresql", "line 2: the comment that begins there has no end."),
        ("SELECT $a$ $b$", "postgresql", "line 1: the text in $a$ that begins there has no end."),
        ("SELECT 1;\n\\d", "postgresql", "line 2: \\d is a command of psql, not SQL."),
        ("SELECT 1;\n  \\i other.sql", "postgresql", "line 2: \\i is a command of psql, not SQL."),
        ("SELECT 1 \\gset", "postgresql", "line 1: \\gset is a command of psql, not SQL."),
        ("-- x\n/* y */ COPY a (b) FROM STDIN WITH CSV;", "postgresql", "COPY … FROM STDIN reads rows"),
        ("COPY a FROM stdin;", "postgresql", "line 1: COPY … FROM STDIN reads rows"),
    ],
)
def test_what_is_wrong(sql: str, dialect: str, message: str) -> None:
    """What has no end is told with its line."""
    with pytest.raises(MigrateError) as caught:
        split(sql, dialect)
    assert message in str(caught.value)
