"""Stories: what QA writes about what goes wrong and when, and the runner that gives the verdict.

A story speaks HTTP to a target, and to its control API where it has one; nothing here reaches into the emulator. What a
story may say stands in `story.schema.json`, with descriptions, so that editors complete it.

    story.py        a file -> a checked Story, or every mistake with file, line and column
    schema.py       the form; meaning.py what the form cannot say: names of operations, variables, patterns
    variables.py    `${…}`, and the paths of captures
    matching.py     what was expected, held against what came
    api.py          one API's contract, as a caller and a receiver of webhooks sees it
    client.py       HTTP; remote.py the control API, asked
    receiver.py     takes webhooks; signatures.py verifies them
    play.py         one story being played; steps/ one module for each noun of its steps
    runner.py       stories -> events; reports/ events -> terminal, JUnit, JSON
    catalogue.py    the stories that are ready; desk.py plays them on a server that goes on serving
    records.py      what was seen of each step, for people to read
"""
