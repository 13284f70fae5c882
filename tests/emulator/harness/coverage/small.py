"""A small contract: three operations, seven statuses, a webhook and a callback."""

from typing import Any

from emulator.harness.contracts.documents import Document

BODY = {"content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}}


def contract(**changes: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small API", "version": "1"},
        "paths": {
            "/notes": {
                "post": {
                    "operationId": "createNote",
                    "responses": {"201": {"description": "Kept"}, "402": {"description": "Poor"}},
                    "callbacks": {
                        "receipt": {"{$request.body#/url}": {"post": {"requestBody": BODY, "responses": {}}}}
                    },
                },
                "get": {
                    "operationId": "listNotes",
                    "responses": {"200": {"description": "All"}, "4XX": {"description": "Wrong"}},
                },
            },
            "/notes/{id}": {
                "delete": {
                    "operationId": "deleteNote",
                    "responses": {
                        "204": {"description": "Gone"},
                        "404": {"description": "None"},
                        "default": {"description": "Else"},
                    },
                }
            },
        },
        "webhooks": {"note.made": {"post": {"requestBody": BODY, "responses": {}}}},
        **changes,
    }


def document(**waivers: Any) -> Document:
    """The contract with waivers by operation, by event, or under `info`."""
    raw = contract()
    for name, waiver in waivers.items():
        if name == "info":
            raw["info"]["x-not-covered"] = waiver
        for item in raw["paths"].values():
            for operation in item.values():
                if operation["operationId"] == name:
                    operation["x-not-covered"] = waiver
        if name == "note_made":
            raw["webhooks"]["note.made"]["post"]["x-not-covered"] = waiver
    return Document(raw)
