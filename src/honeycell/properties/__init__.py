"""What the structure does: transport and uptake."""
