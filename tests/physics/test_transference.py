"""Bruce and Vincent's number: the published table, and the limits of theory."""

import pytest

from honeycell.physics.transference import bruce_vincent, current_fraction, newman_number


@pytest.mark.parametrize(
    ("step", "before", "after", "initial", "steady", "published"),
    [
        (10.0, 243.0, 250.0, 17.54, 10.78, 0.48),
        (10.2, 150.0, 249.0, 21.00, 10.10, 0.44),
        (10.2, 246.0, 244.0, 17.57, 10.18, 0.44),
        (10.2, 136.0, 197.0, 19.93, 10.42, 0.48),
        (10.2, 209.0, 213.0, 17.51, 10.10, 0.47),
    ],
)
def test_the_published_table(
    step: float, before: float, after: float, initial: float, steady: float, published: float
) -> None:
    """Evans, Vincent & Bruce, Polymer 28 (1987) 2324, table 1: mV, ohm, uA."""
    found = bruce_vincent(1e-6 * initial, 1e-6 * steady, 1e-3 * step, before, after)
    assert found == pytest.approx(published, abs=0.005)


@pytest.mark.parametrize("newman", [0.0, 0.13, 0.51, 3.0])
@pytest.mark.parametrize(("before", "after"), [(0.0, 0.0), (12.0, 12.0), (20.0, 30.0)])
def test_ohms_law_at_both_ends_gives_the_newman_number(newman: float, before: float, after: float) -> None:
    """I0 = dV/(R + R0), Is = dV/(R (1 + Ne) + Rs): the interfaces drop out."""
    bulk, step = 11.0, 5e-3
    found = bruce_vincent(step / (bulk + before), step / (bulk * (1.0 + newman) + after), step, before, after)
    assert found == pytest.approx(current_fraction(newman), rel=1e-12)


def test_a_single_ion_conductor_does_not_polarise() -> None:
    assert newman_number(0.08, 1e-11, 1000.0, 1.0, 298.15) == 0.0
    assert current_fraction(0.0) == 1.0
