"""What is wrong with a file that should be a story."""

from collections.abc import Iterable


class StoryError(Exception):
    """A file that is no story. `mistakes` are sentences, each with `file:line:column` in front."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))
