"""One thing wrong with a field, in this API's codes and sentences; refusals that no call leads to."""

import pytest

from emulator.core import errors
from emulator.core.errors import RULES, FieldProblem, MessagingError
from emulator.dialects.tripdesk.problems import Fault, fault_of
from emulator.dialects.tripdesk.refusals import REFUSALS, TYPES, refusal_of


@pytest.mark.parametrize(
    ("problem", "fault"),
    [
        (FieldProblem(("to",), "required"), Fault("to", "missing_field", "to is required.")),
        (
            FieldProblem((), "any_of", expected=("to", "contact_id")),
            Fault("to", "missing_field", "One of to, contact_id is needed."),
        ),
        (FieldProblem(("text",), "type", 5, ("string",)), Fault("text", "invalid_field", "text must be string.")),
        (
            FieldProblem(("media", "type"), "enum", "x", ("image", "video")),
            Fault("media.type", "invalid_field", "media.type must be one of image, video."),
        ),
        (
            FieldProblem(("subject",), "max_length", "x", 255),
            Fault("subject", "invalid_field", "subject must be at most 255 characters long."),
        ),
        (FieldProblem(("limit",), "minimum", 0, 1), Fault("limit", "invalid_field", "limit must be at least 1.")),
        (FieldProblem((), "type", 5, ("object",)), Fault(None, "invalid_field", "body must be object.")),
        (FieldProblem(("x",), "a rule of tomorrow"), Fault("x", "invalid_field", "x is not valid.")),
    ],
)
def test_a_problem_is_said_with_its_path_and_what_was_wanted(problem: FieldProblem, fault: Fault):
    assert fault_of(problem, {}) == fault


@pytest.mark.parametrize("rule", sorted(RULES))
def test_no_sentence_repeats_what_was_sent(rule: str):
    fault = fault_of(FieldProblem(("field",), rule, "SECRET", 1), {})

    assert "SECRET" not in fault.message
    assert fault.message.endswith(".")


def test_the_same_word_is_an_address_in_a_body_and_a_time_in_a_query():
    assert fault_of(FieldProblem(("to",), "pattern"), {}).code == "invalid_recipient"
    assert fault_of(FieldProblem(("to",), "pattern", place="query"), None).code == "invalid_field"


def test_every_refusal_of_the_core_has_a_row_and_every_row_a_type():
    assert set(REFUSALS) == set(MessagingError.__subclasses__())
    for error in (errors.InternalFault(), errors.NotEmulated("x"), errors.RecipientSuppressed("x", "y")):
        assert refusal_of(error).status in TYPES


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.SenderNotAllowed("X"), "invalid_field"),
        (errors.RecipientSuppressed("x", "blocked"), "invalid_recipient"),
        (errors.MalformedRequest("not HTTP"), "invalid_header"),
        (errors.Forbidden("something"), "permission_denied"),
        (errors.StatusConflict("recipient", "sent", "canceled"), "conflict"),
        (errors.AlreadyExists("thing"), "conflict"),
        (errors.Unauthenticated("malformed"), "invalid_api_key"),
    ],
)
def test_refusals_that_no_call_leads_to_have_words_too(error: MessagingError, code: str):
    assert refusal_of(error).code == code
