"""The form of every channel's settings: each field is shown, named in both languages, and comes back as it was."""

from __future__ import annotations

import re

import pytest
from werkzeug.datastructures import MultiDict

from channels.labels import Label
from channels.registry import CHANNELS
from hub.console.settings_form import Kind, entries, typed_secrets, typed_values

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("key", sorted(CHANNELS))
def test_every_field_is_named_in_both_languages(key: str) -> None:
    model = CHANNELS[key].Settings
    for name, info in model.model_fields.items():
        [label] = [mark for mark in info.metadata if isinstance(mark, Label)]
        words = [label.name, *([label.hint] if label.hint.zh else []), *label.choices.values()]
        assert all(CHINESE.search(w.zh) for w in words), name
        assert all(w.en and not CHINESE.search(w.en) for w in words), name


@pytest.mark.parametrize("key", sorted(CHANNELS))
def test_a_form_that_is_sent_as_it_stands_changes_nothing(key: str) -> None:
    model = CHANNELS[key].Settings
    shown = entries(model, {})
    assert [entry.name for entry in shown] == list(model.model_fields)
    sent = MultiDict((e.name, e.value) for e in shown if e.kind is not Kind.TICK or e.ticked)
    assert model.model_validate(typed_values(model, sent)) == model()
    assert typed_secrets(model, sent) == {}


@pytest.mark.parametrize("key", sorted(CHANNELS))
def test_every_choice_has_words(key: str) -> None:
    for entry in entries(CHANNELS[key].Settings, {}):
        assert (entry.kind is Kind.CHOICE) == bool(entry.choices)
        for value, words in entry.choices:
            assert words.zh != value, f"{entry.name}: {value}"
