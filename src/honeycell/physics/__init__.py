"""Pure functions on numbers and arrays, one per published relation."""
