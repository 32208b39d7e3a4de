"""What the film is when dry: volume fractions from front to back."""
