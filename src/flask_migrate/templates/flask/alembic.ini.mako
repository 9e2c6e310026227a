# Alembic's settings for this folder. Nothing has to be edited: the databases and their URLs are the app's.

[alembic]
# this folder, for those who call `alembic` itself
script_location = %(here)s

# template for the names of revision files
# file_template = %%(rev)s_%%(slug)s

# set to 'true' to run env.py for every new revision, also without --autogenerate
# revision_environment = false

# how several version_locations are separated
path_separator = os

# logging of the `flask db` commands; calls from Python leave logging alone
[loggers]
keys = root,sqlalchemy,alembic,flask_migrate

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARN
handlers = console
qualname =

[logger_sqlalchemy]
level = WARN
handlers =
qualname = sqlalchemy.engine

[logger_alembic]
level = INFO
handlers =
qualname = alembic

[logger_flask_migrate]
level = INFO
handlers =
qualname = flask_migrate

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(levelname)-5.5s [%(name)s] %(message)s
datefmt = %H:%M:%S
