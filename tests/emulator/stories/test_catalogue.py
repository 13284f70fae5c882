"""The stories that are ready: ours and those that were named, with their words, their steps' lines, and mistakes."""

from pathlib import Path
from textwrap import dedent

from emulator.stories.catalogue import Catalogue, scenarios_folder
from emulator.stories.story import find_stories

GOOD = """\
    # What a person did
    name: A send and a look
    api: raven
    steps:
      - call:
          operation: sendMessage
          body: {channel: sms, to: "+254722000000", body: Hi}
          capture: {id: body.id}

      - repeat: {times: 2, steps: [{call: {operation: getMessage, parameters: {id: "${id}"}}}]}
      - webhook: {type: message.sent}
    given: {clock: {at: "2026-02-01T00:00:00Z"}}
    """


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text))
    return path


def test_every_story_that_comes_along_is_ready_under_its_api():
    ready = Catalogue().read()

    assert {each.file for each in ready} == set(find_stories([scenarios_folder()]))
    assert all(each.story is not None and each.key.startswith(f"{each.api}/") for each in ready)
    assert all(len(each.sources()) == len(each.as_values()["steps"]) for each in ready)


def test_a_story_says_what_it_is_about_and_where_the_contract_describes_that(tmp_path: Path):
    (ready,) = Catalogue(folder=written(tmp_path, "raven/look.story.yaml", GOOD).parent).read()
    told = ready.as_values()

    assert (ready.key, ready.title, ready.api) == ("raven/look", "A send and a look", "raven")
    assert told["shows"] == [
        {"words": "a clock set ahead", "place": None},
        {"words": "call sendMessage", "place": "raven/sendMessage"},
        {"words": "repeat", "place": None},
        {"words": "call getMessage", "place": "raven/getMessage"},
        {"words": "webhook message.sent", "place": "raven/webhooks/message.sent"},
    ]
    assert told["steps"] == ["call sendMessage", "repeat", "webhook message.sent"]


def test_the_lines_of_a_step_end_where_the_next_one_or_another_part_begins(tmp_path: Path):
    (ready,) = Catalogue(folder=written(tmp_path, "raven/look.story.yaml", GOOD).parent).read()
    first, second, third = ready.sources()

    assert first.startswith("- call:\n    operation: sendMessage")
    assert first.endswith("capture: {id: body.id}")
    assert second.startswith("- repeat:")
    assert third == "- webhook: {type: message.sent}"


def test_what_was_named_comes_first_and_under_a_key_of_its_own(tmp_path: Path):
    ours = written(tmp_path, "raven/look.story.yaml", GOOD).parent
    own = written(tmp_path, "elsewhere/look.story.yaml", GOOD)
    again = written(tmp_path, "further/look.story.yaml", GOOD)

    keys = [each.key for each in Catalogue([own, again.parent, tmp_path / "gone"], folder=ours).read()]

    assert keys == ["own/look", "own/look.2", "raven/look"]


def test_a_story_with_a_mistake_is_listed_with_it_and_read_again_after_an_edit(tmp_path: Path):
    path = written(tmp_path, "raven/look.story.yaml", GOOD.replace("sendMessage", "sendMesage"))
    catalogue = Catalogue(folder=tmp_path)
    (broken,) = catalogue.read()
    path.write_text(dedent(GOOD) + "\n")
    (mended,) = catalogue.read()

    assert broken.story is None
    assert (broken.title, broken.api) == ("A send and a look", "raven")
    assert "look.story.yaml:6:" in broken.mistakes[0]
    assert "did you mean sendMessage" in broken.mistakes[0]
    assert mended.story is not None
