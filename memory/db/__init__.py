"""SQLite: connections, schema, migrations, row mapping, disk space, snapshots."""
