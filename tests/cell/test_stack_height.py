from __future__ import annotations

import pytest

from honeycell.cell.blocking import BlockingCell
from honeycell.cell.stack_height import check_height
from honeycell.cell.symmetric import SymmetricCell
from honeycell.quantities.errors import InputError


def test_a_stack_that_fits(parameters):
    check_height(parameters, 1.0e-3, sodium=0.3e-3)
    check_height(parameters, 2.7e-3)


@pytest.mark.parametrize("cell", [SymmetricCell, BlockingCell])
def test_a_film_thicker_than_the_cell(parameters, film_record, cell):
    with pytest.raises(InputError, match="film is 24 mm thick, thicker than the cell"):
        cell(parameters.view(), film_record(thickness=24e-3))


def test_a_stack_thicker_than_the_cell(parameters):
    with pytest.raises(InputError, match=r"film 2.5 mm \+ sodium 0.3 mm make 2.8 mm, the case has room for 2.7 mm"):
        check_height(parameters, 2.5e-3, sodium=0.3e-3)
