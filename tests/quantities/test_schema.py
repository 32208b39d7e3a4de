from __future__ import annotations

import numpy as np
import pytest

from honeycell.quantities.errors import SchemaError
from honeycell.quantities.record import Ancestry, make_record
from honeycell.quantities.schema import ORIGINS, REQUIRED_ATTRIBUTES, SCHEMAS, check

NAMES = sorted(SCHEMAS)
PARTS = [(name, variable) for name in NAMES for variable in SCHEMAS[name].variables]


def whole(name: str):
    variables = SCHEMAS[name].variables
    made = {each: (dims, np.ones((3,) * len(dims)), unit) for each, (dims, unit) in variables.items()}
    return make_record(name, sample="s", instrument="i", variables=made)


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_record_passes_and_comes_back_unchanged(name: str) -> None:
    record = whole(name)
    assert check(record) is record


@pytest.mark.parametrize("attribute", REQUIRED_ATTRIBUTES)
@pytest.mark.parametrize("name", NAMES)
def test_each_required_attribute_is_required(name: str, attribute: str) -> None:
    record = whole(name)
    del record.attrs[attribute]
    with pytest.raises(SchemaError, match=attribute):
        check(record)


@pytest.mark.parametrize(("name", "variable"), PARTS)
def test_each_variable_its_units_and_its_dimensions_are_required(name: str, variable: str) -> None:
    with pytest.raises(SchemaError, match=variable):
        check(whole(name).drop_vars(variable))
    bare = whole(name)
    del bare[variable].attrs["units"]
    with pytest.raises(SchemaError, match=variable):
        check(bare)
    wrong = whole(name)
    wrong[variable].attrs["units"] = "mol"
    with pytest.raises(SchemaError, match=variable):
        check(wrong)
    turned = whole(name).drop_vars(variable)
    turned[variable] = (("elsewhere",), np.ones(3), {"units": SCHEMAS[name].variables[variable][1]})
    with pytest.raises(SchemaError, match=variable):
        check(turned)


def test_a_scalar_beyond_the_schema_still_needs_units() -> None:
    record = whole("scalars/1")
    record["extra"] = 1.0
    with pytest.raises(SchemaError, match="extra"):
        check(record)


def test_unknown_schema_and_origin_are_refused() -> None:
    with pytest.raises(SchemaError, match="unknown schema"):
        check(whole("scalars/1").assign_attrs(schema="scalars/99"))
    with pytest.raises(SchemaError, match="origin"):
        check(whole("scalars/1").assign_attrs(origin="dreamt"))
    for origin in ORIGINS:
        check(whole("scalars/1").assign_attrs(origin=origin))


def test_ancestry_is_a_union() -> None:
    first, second = Ancestry(frozenset("ab"), frozenset("x")), Ancestry(frozenset("bc"), frozenset("y"))
    records = [make_record("scalars/1", sample="s", instrument="i", variables={}, ancestry=a) for a in (first, second)]
    assert Ancestry.of(records) == first | second == second | first
    assert Ancestry.of(records).keys == set("abc")
    assert Ancestry.of([]) == Ancestry()
