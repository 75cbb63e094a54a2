"""An estimator looks the same in every figure, and like no other."""

import pandas as pd

from mtdbench.figures.layout.style import FIRST, MUTED, looks


def table(labels):
    names = {"zero": "zero", "oracle": "oracle"}
    return pd.DataFrame(
        {"estimator": labels, "method": [names.get(label, "plugin") for label in labels]}
    )


def test_looks_differ_and_references_are_muted():
    labels = ["zero", "em", "b", "autocorrelation", *"cdefghij", "oracle"]
    drawn = looks(table(labels), ("zero", "oracle"))
    rivals = [look for look in drawn.values() if not look.is_reference]
    assert len({(look.colour, look.marker, look.dashes) for look in rivals}) == len(rivals)
    assert [label for label, look in drawn.items() if look.colour == MUTED] == ["zero", "oracle"]


def test_the_best_known_estimators_keep_their_look_in_any_study():
    one = looks(table(["autocorrelation", "x", "em"]), ())
    other = looks(table(["y", "em", "z", "autocorrelation"]), ())
    assert all(one[label] == other[label] for label in FIRST)


def test_any_method_may_be_a_reference_and_references_differ_by_their_dashes():
    drawn = looks(table(["em", "oracle", "mine", "yours"]), ("oracle", "plugin"))
    assert [label for label, look in drawn.items() if look.is_reference] == list(drawn)
    drawn = looks(table(["zero", "oracle"]), ("zero", "oracle"))
    assert len({look.dashes for look in drawn.values()}) == 2
