"""Records found by the change that made them."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the index by which a change's insert finds the records that wait for it."""
    op.create_index("ix_record_change_no", "record", ["change_no"])
