"""The tables of the languages: one TOML file each (`grammar/table.py` reads them)."""
