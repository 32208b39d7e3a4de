"""Claims against results: what was claimed, what we find, on what basis, and the verdict."""
