"""Force curves: contact point, elastic modulus, adhesion and peak force."""

from honeycell.analysis.force_curve.reduce import reduce_force_curves

__all__ = ["reduce_force_curves"]
