"""What Alembic runs: on the connection it is given, nowhere else."""

from alembic import context

from include.warehouse.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()
