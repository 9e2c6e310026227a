"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

# revision identifiers, used by Alembic.
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
<%
    # what was found in databases beside the default one: "<bind>_upgrades" and "<bind>_downgrades"
    binds = [name[:-len("_upgrades")] for name in context.keys() if name.endswith("_upgrades")]
    def does_something(code):
        lines = [line.strip() for line in code.splitlines()]
        return any(line != "pass" and not line.startswith("#") for line in lines if line)
    changed = [bind for bind in sorted(binds) if does_something(context[bind + "_upgrades"])]
%>
% for bind in changed:

def upgrade_${bind}():
    ${context[bind + "_upgrades"]}


def downgrade_${bind}():
    ${context[bind + "_downgrades"]}

% endfor
