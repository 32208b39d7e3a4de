"""The film while it forms: dope, settling, solvent exchange and the path through the phase diagram."""
