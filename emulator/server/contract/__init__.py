"""The contract pipeline: an OpenAPI document -> routes, checks of bodies and queries, and the document itself.

What is read when, and why, stands in `files.py`; the rest is one module for each noun:

    contract.py      Contract, load_contract
    files.py         where contracts lie; the JSON and index kept of each
    index.py         what routing needs
    routes.py        method and raw path -> operation
    operation.py     Operation
    query.py         query string -> values
    validators.py    schemas, compiled; the only module that knows jsonschema-rs
    excerpt.py       a copy of a value, of bounded size
    problems.py      what broke a schema -> FieldProblem
    members.py       the order of a schema's members
    references.py    places in a document
"""

from emulator.server.contract.contract import Contract, contract_names, load_contract
from emulator.server.contract.files import openapi_folder
from emulator.server.contract.operation import Operation
from emulator.server.contract.routes import Match

__all__ = ["Contract", "Match", "Operation", "contract_names", "load_contract", "openapi_folder"]
