"""Units, values with uncertainty and source, record schemas, errors. Imports nothing of ours."""
