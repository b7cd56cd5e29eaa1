"""JSON Schemas of the definition files, from the same dataclasses that read them, for editors that complete and check while one types."""

from typing import Any

from include.catalogue.calendar import CalendarYear
from include.domain.campaign import Campaign
from include.domain.finding import Rule
from include.domain.form import Form, Item
from include.domain.unit import Unit


def schemas() -> dict[str, Any]:
    """Return one schema per kind of file: campaign, form, unit, item, rules, calendar."""
    from pydantic import TypeAdapter

    form = TypeAdapter(Form).json_schema()
    table = form["$defs"]["Table"]
    table["properties"]["items_from"] = {
        "type": "string",
        "description": "A file of items below forms/items; `items` may then name its items by code.",
    }
    item = table["properties"]["items"]["items"]
    changed = {
        "type": "object",
        "properties": {"code": {"type": "string"}, **form["$defs"]["Item"]["properties"]},
        "required": ["code"],
        "additionalProperties": False,
    }
    table["properties"]["items"]["items"] = {"anyOf": [item, {"type": "string"}, changed]}
    unit = TypeAdapter(Unit).json_schema()
    del unit["properties"]["order"]
    return {
        "campaign": TypeAdapter(Campaign).json_schema(),
        "form": form,
        "unit": unit,
        "item": TypeAdapter(Item).json_schema(),
        "rule": TypeAdapter(Rule).json_schema(),
        "rules": TypeAdapter(tuple[Rule, ...]).json_schema(),
        "calendar": TypeAdapter(CalendarYear).json_schema(),
    }
