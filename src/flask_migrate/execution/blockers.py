"""Who holds a table that a revision waits for, from the engine's own views."""

from __future__ import annotations

import sqlalchemy as sa

#: How many sessions are named.
SHOWN = 3

#: https://www.postgresql.org/docs/current/view-pg-locks.html, monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
_POSTGRESQL = sa.text(
    "SELECT DISTINCT a.pid AS process, a.usename AS username, a.application_name AS application, a.state, "
    "date_trunc('second', now() - a.xact_start)::text AS age, to_char(a.query_start, 'HH24:MI:SS') AS since, "
    "a.xact_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_class c ON c.oid = l.relation "
    "WHERE l.granted AND a.pid <> pg_backend_pid() AND c.relkind IN ('r', 'p') AND c.relnamespace NOT IN "
    "(SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema')) "
    "AND a.xact_start < now() - interval '1 second' AND (CAST(:name AS text) IS NULL OR c.relname = :name) "
    "ORDER BY a.xact_start"
)
#: https://mariadb.com/kb/en/information-schema-innodb_trx-table/
_MYSQL = sa.text(
    "SELECT p.id AS process, p.user AS username, p.host AS application, "
    "COALESCE(NULLIF(p.state, ''), p.command) AS state, "
    "CAST(TIMEDIFF(NOW(), x.trx_started) AS CHAR) AS age, CAST(x.trx_started AS CHAR) AS since "
    "FROM information_schema.innodb_trx x JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id "
    "WHERE p.id <> CONNECTION_ID() AND x.trx_started < NOW() - INTERVAL 1 SECOND ORDER BY x.trx_started"
)


def describe_blockers(connection: sa.Connection, table: str | None) -> str:
    """The sessions that hold ``table``, or any table when it is ``None``, the oldest first; empty when unknown.

    :param connection: of its own, in autocommit.
    """
    try:
        if connection.dialect.name == "postgresql":
            rows = connection.execute(_POSTGRESQL, {"name": table}).all()
        elif connection.dialect.name in ("mysql", "mariadb"):
            rows = connection.execute(_MYSQL).all()
        else:
            return ""
    except sa.exc.DBAPIError:
        return ""  # this user may not look: it is not worth an error
    return "; ".join(
        f"process {row.process} of user {row.username} ({row.application or 'no application name'}, {row.state}, "
        f"its transaction is {row.age} old, its query began {row.since})"
        for row in rows[:SHOWN]
    )
