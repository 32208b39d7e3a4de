"""Records into the layouts that other programs read."""
