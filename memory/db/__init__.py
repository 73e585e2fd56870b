"""SQLite itself: connections, schema, migrations, row mapping, disk space, snapshots, atomic
replacement.
"""
