"""Files kept as evidence, by the digest of their content."""

import sqlalchemy as sa
from alembic import op

from tieline.ledger.tables import content_triggers

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of contents and the triggers that guard it."""
    op.create_table(
        "content", sa.Column("digest", sa.Text(), primary_key=True, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    for statement in content_triggers(op.get_bind().dialect.name):
        op.execute(sa.text(statement))
