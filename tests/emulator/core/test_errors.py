from datetime import timedelta

import pytest

from emulator.core import errors
from emulator.core.errors import FieldProblem, InvalidFields, MessagingError

REFUSALS = {
    item
    for item in vars(errors).values()
    if isinstance(item, type) and issubclass(item, MessagingError) and item is not MessagingError
}


def test_the_tree_at_the_top_of_the_module_names_every_refusal():
    drawn = set((errors.__doc__ or "").replace(",", " ").split())

    assert {refusal.__name__ for refusal in REFUSALS} <= drawn


def test_invalid_fields_name_each_path_and_rule():
    refusal = InvalidFields([FieldProblem(("items", 0, "to"), "required"), FieldProblem(("limit",), "minimum", 0, 1)])

    assert str(refusal) == "items.0.to: required, limit: minimum"
    assert refusal.problems[1].expected == 1
    assert refusal.problems[0].place == "body"


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (errors.Unauthenticated("missing"), "missing"),
        (errors.RateLimited(timedelta(seconds=3), 10), "retry after 0:00:03"),
        (errors.MethodNotAllowed("PUT", "/messages", ["GET"]), "PUT /messages"),
        (errors.InsufficientFunds(2, 1, "KES"), "2 > 1 KES"),
        (errors.StatusConflict("message", "sent", "canceled"), "message: sent -> canceled"),
        (errors.NotFound("message", "m-1"), "message m-1"),
    ],
)
def test_a_refusal_reads_well_in_a_log(refusal, text):
    assert str(refusal) == text
