"""The form on which an evaluation is requested."""

from collections.abc import Mapping

from emulator.dialects.tripdesk import evaluation, evaluation_form, site
from emulator.dialects.tripdesk.pages import redirect, render_page
from emulator.server.dialect import Call, Handler, Reply


def show_evaluation(call: Call) -> Reply:
    """Show the empty form."""
    form = evaluation_form.render_form(call.base_path)
    return render_page(call, site.EVALUATION._replace(main=form))


def request_evaluation(call: Call) -> Reply:
    """Take the form. Raises `MalformedRequest`, `InvalidFields`."""
    assert call.operation is not None
    evaluation_form.read_form(call)
    call.operation.check_body(call.body)
    evaluation.request(call.world, call.members)
    return redirect(call, 303, site.THANKS.path)


HANDLERS: Mapping[str, Handler] = {"showEvaluation": show_evaluation, "requestEvaluation": request_evaluation}
