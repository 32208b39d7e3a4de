"""Physical values with unit, spread, status and source, in TOML tables, and their loader."""
