"""`python -m tests.benchmarks.harness`: what a call costs through the contract harness, and through Schemathesis alone.

Both hold the same contract against the same emulator with the same settings, in turn. The harness makes further calls of
its own and judges more; its control calls, its listening and the webhooks it judges are in its figure. A figure is the CPU
time of this process, divided by the calls that it sent. The ratio is the median over the rounds.
"""

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median

from schemathesis.engine import events, from_schema

from emulator.harness.contracts.documents import Document
from emulator.harness.contracts.exchange import Scene
from emulator.harness.contracts.fresh import Freshness
from emulator.harness.contracts.keys import Keyring
from emulator.harness.contracts.place import Place
from emulator.harness.contracts.plan import Plan
from emulator.harness.contracts.run import Run
from emulator.harness.contracts.schema import make_schema
from emulator.harness.contracts.target import Client, World, make_world, remove_world
from emulator.harness.contracts.work import own_emulator

MOST = 1.5


def alone(world: World, name: str, plan: Plan) -> int:
    """Schemathesis by itself; answers with the calls that it made."""
    api = world.api(name)
    document = Document(world.contract(api))
    keyring = Keyring(document, api)
    scene = Scene(document, keyring, Freshness(document, keyring, "alone"))
    chosen = {each.id for each in document.operations.values()}
    schema = make_schema(scene, plan, chosen, base_url=api.base_url)
    finished = (event for event in from_schema(schema).execute() if isinstance(event, events.ScenarioFinished))
    return sum(len(event.recorder.interactions) for event in finished)


def ours(world: World, name: str, plan: Plan) -> int:
    """The harness; answers with the calls that it made."""
    api = world.api(name)
    document = Document(world.contract(api))
    result = Run(api, document, plan, place=Place(world, name, document)).play()
    assert result.errors == [], result.errors
    return sum(result.cases.values()) + result.probes


def per_call(way: Callable[[World, str, Plan], int], url: str, name: str, plan: Plan) -> tuple[float, int]:
    """CPU seconds for a call, and the calls."""
    world = make_world(Client(), url, way.__name__, plan.seed)
    world.prepare()
    started = time.process_time()
    calls = way(world, name, plan)
    spent = time.process_time() - started
    remove_world(world)
    return spent / calls, calls


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--api", default="cloudrebue")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--examples", type=int, default=10)
    arguments = parser.parse_args()
    plan = Plan(examples=arguments.examples)
    ratios: list[float] = []
    with own_emulator(1) as (url, _):
        for way in (alone, ours):
            per_call(way, url, arguments.api, Plan(examples=1, phases=("examples",)))
        for number in range(1, arguments.rounds + 1):
            bare, bare_calls = per_call(alone, url, arguments.api, plan)
            full, full_calls = per_call(ours, url, arguments.api, plan)
            ratios.append(full / bare)
            print(
                f"round {number}: alone {bare * 1000:.2f} ms x {bare_calls:,} calls, "
                f"harness {full * 1000:.2f} ms x {full_calls:,} calls, ratio {ratios[-1]:.2f}"
            )
    print(f"{arguments.api}: a call costs {median(ratios):.2f} times as much through the harness (at most {MOST})")
    return int(median(ratios) > MOST)


if __name__ == "__main__":
    sys.exit(main())
