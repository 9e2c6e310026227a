from __future__ import with_statement
from alembic import context
from sqlalchemy import create_engine, event, pool
from logging.config import fileConfig
import logging

from flask import current_app

config = context.config
fileConfig(config.config_file_name, disable_existing_loggers=False)
logger = logging.getLogger('alembic.env')

config.set_main_option('sqlalchemy.url', current_app.config.get('SQLALCHEMY_DATABASE_URI').replace('%', '%%'))
target_metadata = current_app.extensions['migrate'].db.metadata

keep_tables = [name.strip() for name in config.get_main_option('keep_tables', '').split(',')]


def include_object(object, name, type_, reflected, compare_to):
    if type_ == 'table' and (name in keep_tables or name.startswith('legacy_')):
        return False
    return not object.info.get('skip_autogenerate', False)


def render_item(type_, obj, autogen_context):
    if type_ == 'type' and obj.__class__.__name__ == 'LowercaseString':
        return 'sa.String(length=%d)' % obj.length
    return False


def run_migrations(**kw):
    """One place for the options of both modes."""
    context.configure(
        target_metadata=target_metadata,
        include_object=include_object,
        render_item=render_item,
        compare_type=False,
        compare_server_default=True,
        version_table='schema_version',
        transaction_per_migration=True,
        **kw)
    with context.begin_transaction():
        context.run_migrations(**context.get_x_argument(as_dictionary=True))


def run_migrations_offline():
    run_migrations(url=config.get_main_option('sqlalchemy.url'), literal_binds=True)


def run_migrations_online():
    engine = create_engine(config.get_main_option('sqlalchemy.url').replace('%%', '%'), poolclass=pool.NullPool)

    @event.listens_for(engine, 'connect')
    def connected(dbapi_connection, connection_record):
        logger.info('Connected to %s', engine.url.database)

    connection = engine.connect()
    try:
        run_migrations(connection=connection)
    finally:
        connection.close()
        engine.dispose()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
