"""Many runs at once: a whole campaign and its sampled uncertainty."""
