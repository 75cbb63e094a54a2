import json

import pytest

from mtdbench.errors import InputError
from mtdbench.model.spacing import DEFAULT_SPACING, Spacing


def test_spacings_are_their_words_in_files_and_names() -> None:
    assert [str(spacing) for spacing in Spacing] == ["well-separated", "arbitrary"]
    assert json.dumps([*Spacing]) == '["well-separated", "arbitrary"]'
    assert Spacing("arbitrary") is Spacing.ARBITRARY
    assert Spacing.ARBITRARY == "arbitrary"
    assert DEFAULT_SPACING == "well-separated"


def test_another_word_is_named_with_those_that_are_valid() -> None:
    words = "spacing 'tight': expected one of well-separated, arbitrary"
    with pytest.raises(InputError, match=words):
        Spacing("tight")
