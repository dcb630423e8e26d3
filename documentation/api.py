"""docs/openapi.json as a page for people."""

import json

_HEAD = """# API

<!-- Made from openapi.json by `make docs`; change the Rust code instead. -->

The machine-readable form is [openapi.json](openapi.json), which a server also answers at `/openapi.json`; `/docs` on a server is the same
to try out. **[ours]** marks what the cloud API does not have.

{description}

All paths below `/v1` want the headers `App-ID` and `API-Key`. Without them, or with wrong ones: 401 `UNAUTHORIZED`.
"""


def page(document):
    """The whole page as Markdown."""
    spec = json.loads(document)
    parts = [_HEAD.format(description=spec["info"]["description"])]
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            parts.append(_operation(spec, method, path, operation))
    return "\n".join(parts)


def _operation(spec, method, path, operation):
    lines = [f"## `{method.upper()} {path}`", "", operation.get("description") or operation["summary"], ""]
    rows = [_parameter(parameter) for parameter in operation.get("parameters", [])]
    body = operation.get("requestBody")
    if body:
        rows += _fields(spec, _schema(body))
    if rows:
        lines += ["| field | type | default | |", "|---|---|---|---|", *rows, ""]
    answer = operation["responses"]["200"]
    fields = _fields(spec, _schema(answer))
    if fields:
        lines += ["**200** " + answer["description"], "", "| field | type | | |", "|---|---|---|---|", *fields, ""]
    for status, response in operation["responses"].items():
        if status != "200":
            lines += _refusal(status, response["description"])
    return "\n".join(lines)


def _refusal(status, description):
    """A status with one code stays a line; with several it is a list."""
    if description.startswith("- "):
        return ["", f"**{status}**", "", description]
    return ["", f"**{status}** {description}"]


def _schema(part):
    return part["content"]["application/json"]["schema"]


def _parameter(parameter):
    schema = parameter["schema"]
    place = {"header": "header", "query": "query", "path": "in the path"}[parameter["in"]]
    return _row(f"`{parameter['name']}` ({place})", schema, parameter.get("description", ""), parameter["required"])


def _fields(spec, schema):
    """A row for each field; what a schema is made of comes in its order."""
    if "$ref" in schema:
        return _fields(spec, _named(spec, schema["$ref"]))
    rows = [row for part in schema.get("allOf", []) for row in _fields(spec, part)]
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        rows.append(_row(f"`{name}`", field, _description(spec, field), name in required))
    return rows


def _row(name, schema, description, required):
    default = "required" if required else json.dumps(schema["default"]) if "default" in schema else ""
    text = description.replace("\n", " ").replace("|", "\\|")
    return f"| {name} | {_type(schema)} | {default} | {text} |"


def _description(spec, field):
    if "description" in field or "$ref" not in field:
        return field.get("description", "")
    return _named(spec, field["$ref"]).get("description", "")


def _type(schema):
    if "$ref" in schema:
        return "object"
    kinds = schema.get("type", "object")
    kinds = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
    if kinds == ["array"]:
        return f"list of {_type(schema['items'])}s"
    return " or ".join(kinds)


def _named(spec, reference):
    return spec["components"]["schemas"][reference.rsplit("/", 1)[1]]
