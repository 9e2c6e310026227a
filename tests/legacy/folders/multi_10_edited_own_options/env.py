import logging
from logging.config import fileConfig

from alembic import context
from flask import current_app

config = context.config
fileConfig(config.config_file_name)
logger = logging.getLogger('alembic.env')

db = current_app.extensions['migrate'].db
x = context.get_x_argument(as_dictionary=True)
bind_names = [''] + sorted(current_app.config['SQLALCHEMY_BINDS'])
if x.get('only') is not None:
    bind_names = [name for name in bind_names if name == x['only']]


def include_name(name, type_, parent_names):
    return type_ != 'table' or not name.startswith('legacy_')


def options(name):
    return dict(
        target_metadata=db.metadatas[name or None],
        upgrade_token='%s_upgrades' % name,
        downgrade_token='%s_downgrades' % name,
        include_name=include_name,
        compare_type=False,
        version_table='alembic_version_%s' % (name or 'main'),
    )


def run_migrations_offline():
    for name in bind_names:
        with open('%s.sql' % (name or 'main'), 'w') as buffer:
            context.configure(dialect_name=db.engines[name or None].dialect.name, output_buffer=buffer,
                              literal_binds=True, **options(name))
            with context.begin_transaction():
                context.run_migrations(engine_name=name)


def run_migrations_online():
    # one database after the other, each in its own transaction
    for name in bind_names:
        with db.engines[name or None].connect() as connection:
            context.configure(connection=connection, **options(name))
            with context.begin_transaction():
                context.run_migrations(engine_name=name)
        logger.info('Done with %s', name or '<default>')


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
