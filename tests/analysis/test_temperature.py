"""Conductivity over temperature: the truth comes back, and a bend is told from scatter."""

import numpy as np
import pytest

from honeycell.analysis.temperature import arrhenius, is_curved, vogel_tammann_fulcher
from honeycell.physics.electrolyte import vtf_conductivity
from honeycell.quantities.errors import InputError

R = 8.314462618
CELLS = np.array([253.15, 263.15, 273.15, 283.15, 298.15, 313.15, 333.15])


def line(T: np.ndarray, energy: float = 20e3, seed: int | None = None, noise: float = 0.0) -> np.ndarray:
    scatter = 0.0 if seed is None else noise * np.random.default_rng(seed).standard_normal(T.size)
    return np.exp(3.0 - energy / (R * T) + scatter)


def test_an_exact_line_gives_its_slope() -> None:
    found = arrhenius(CELLS, line(CELLS), 0.01)
    assert found["activation_energy"] == pytest.approx(20e3, rel=1e-9)
    assert found["logarithm_of_prefactor"] == pytest.approx(3.0, abs=1e-8)


def test_an_exact_curve_gives_its_three_constants() -> None:
    found = vogel_tammann_fulcher(CELLS, vtf_conductivity(CELLS, 14.1, 400.0, 165.0), 0.01)
    assert found["vanishing_temperature"] == pytest.approx(165.0, abs=1e-3)
    assert found["pseudo_activation"] == pytest.approx(400.0, rel=1e-4)


def test_a_common_factor_moves_the_prefactor_alone() -> None:
    one, other = arrhenius(CELLS, line(CELLS), 0.01), arrhenius(CELLS, 7.0 * line(CELLS), 0.01)
    assert other["activation_energy"] == pytest.approx(one["activation_energy"], rel=1e-9)
    assert other["logarithm_of_prefactor"] - one["logarithm_of_prefactor"] == pytest.approx(np.log(7.0))


@pytest.mark.parametrize("name", ["activation_energy", "pseudo_activation", "vanishing_temperature"])
def test_the_stated_error_holds_the_truth(name: str) -> None:
    """One standard error times Student's t for 68.3 %: 60 to 76 % of 200 seeds."""
    from scipy.stats import t

    truth = {"activation_energy": 20e3, "pseudo_activation": 400.0, "vanishing_temperature": 165.0}[name]
    held = 0
    for seed in range(200):
        scatter = np.exp(0.01 * np.random.default_rng(seed).standard_normal(CELLS.size))
        if name == "activation_energy":
            found = arrhenius(CELLS, line(CELLS) * scatter, 0.01)
        else:
            found = vogel_tammann_fulcher(CELLS, vtf_conductivity(CELLS, 14.1, 400.0, 165.0) * scatter, 0.01)
        held += abs(found[name] - truth) <= t.ppf(0.8415, found.freedom) * found.error(name)
    assert 0.60 <= held / 200 <= 0.76


def test_a_bend_is_seen_and_scatter_is_none() -> None:
    noisy = [np.exp(0.01 * np.random.default_rng(k).standard_normal(CELLS.size)) for k in range(100)]
    bent = [vtf_conductivity(CELLS, 14.1, 400.0, 165.0) * each for each in noisy]
    straight = [line(CELLS) * each for each in noisy]
    seen, wrong = (
        sum(is_curved(arrhenius(CELLS, y, 0.01), vogel_tammann_fulcher(CELLS, y, 0.01))[0] for y in group)
        for group in (bent, straight)
    )
    assert seen >= 95
    assert wrong <= 12  # 5 % by construction; 12 of 100 is the 99.8 % bound


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(InputError, match="2 different temperatures"):
        arrhenius([298.0, 298.0, 313.0], [1.0, 1.0, 2.0], np.array(0.01))
    with pytest.raises(InputError, match="not positive"):
        arrhenius([298.0, 308.0, 318.0], [1.0, -1.0, 2.0], np.array(0.01))
