"""Messages: English text that carries its key, through strings, columns and processes."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from memory.types.messages import (
    UserMessage,
    clauses,
    decode_message,
    encode_message,
    os_reason,
    sentences,
)


def a_message() -> UserMessage:
    why = os_reason(PermissionError(13, "Permission denied"))
    return UserMessage("ingest.of-file", name="a “b”.mp4", what=why)


def test_a_message_is_its_english_text() -> None:
    message = a_message()
    assert message == "a “b”.mp4: Permission denied"
    assert json.loads(json.dumps([message])) == [message]
    with pytest.raises(KeyError):
        UserMessage("ingest.no-such-key")
    with pytest.raises(KeyError):
        UserMessage("ingest.of-file", name="a")


def test_an_exception_keeps_the_message_that_it_was_raised_with() -> None:
    text = str(ValueError(a_message()))
    assert isinstance(text, UserMessage)
    assert text.key == "ingest.of-file"


@pytest.mark.parametrize(
    "through",
    [
        lambda message: decode_message(encode_message(message)),
        lambda message: pickle.loads(pickle.dumps(message)),
        copy.deepcopy,
    ],
)
def test_key_and_parameters_come_through(through) -> None:  # type: ignore[no-untyped-def]
    whole = sentences([clauses([a_message(), "as it is"]), "", a_message()])
    again = through(whole)
    assert again == whole == f"{a_message()}; as it is {a_message()}"
    assert isinstance(again, UserMessage)
    first = again.params["first"]
    assert isinstance(first, UserMessage)
    assert isinstance(first.params["first"], UserMessage)
    assert first.params["rest"] == "as it is"


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("", ""),
        ("walk.mp4: is empty (0 bytes); copy it again.",) * 2,
        ('{"text": "Gone.", "key": "ingest.of-a-later-version", "params": {}}', "Gone."),
        ('{"text": "Gone.", "key": "no_such_package.x", "params": {}}', "Gone."),
        ('{"text": "Gone.", "key": "ingest.of-file", "params": {"name": "a"}}', "Gone."),
        ('{"text": "Gone.", "key": ["x"], "params": 3}', "Gone."),
        ('{"text": "cut o',) * 2,
    ],
)
def test_columns_of_other_versions_stay_readable(stored: str, text: str) -> None:
    assert decode_message(stored) == text


def test_sentences_of_nothing_are_empty() -> None:
    assert sentences(["", ""]) == ""
    assert type(sentences(["only this"])) is str
