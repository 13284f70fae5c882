"""A list of steps in a flat form: `name.0.kind`, `name.0.field` …, with `name.count`."""

from collections.abc import Mapping, Sequence

MOST_STEPS = 50

Form = Mapping[str, str]


def move(steps: list[dict[str, str]], action: str, at: int) -> None:
    """Move the step at a place `up` or `down`, or `remove` it."""
    if action == "remove":
        del steps[at]
    elif action == "up" and at > 0:
        steps[at - 1], steps[at] = steps[at], steps[at - 1]
    elif action == "down" and at + 1 < len(steps):
        steps[at + 1], steps[at] = steps[at], steps[at + 1]


def steps_of(name: str, form: Form) -> list[dict[str, str]]:
    """The steps of a list, each as a form of its own."""
    count = form.get(f"{name}.count", "0")
    places = range(min(int(count), MOST_STEPS)) if count.isdecimal() else range(0)
    return [
        {key.removeprefix(f"{name}.{at}."): value for key, value in form.items() if key.startswith(f"{name}.{at}.")}
        for at in places
    ]


def flattened(name: str, steps: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The fields that a list of steps has in the form."""
    form = {f"{name}.count": str(len(steps))}
    for at, step in enumerate(steps):
        form.update({f"{name}.{at}.{key}": value for key, value in step.items()})
    return form
