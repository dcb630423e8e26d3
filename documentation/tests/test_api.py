import json
import unittest

from documentation import api

_SPEC = {
    "info": {"description": "About it."},
    "paths": {
        "/v1/x/{id}": {
            "post": {
                "summary": "Does x",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
                "responses": {
                    "200": {
                        "description": "Done.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
                    },
                    "400": {"description": "- `A`: a\n- `B`: b"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Base": {"properties": {"flag": {"type": ["boolean", "null"], "default": True, "description": "a|b"}}},
            "Body": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"n": {"type": "integer"}}, "required": ["n"]}]},
            "Answer": {"properties": {"all": {"type": "array", "items": {"type": "string"}}}},
        }
    },
}


class Page(unittest.TestCase):
    def test_fields_of_all_parts_and_codes_are_there(self):
        page = api.page(json.dumps(_SPEC))
        for line in [
            "About it.",
            "## `POST /v1/x/{id}`",
            "| `id` (in the path) | string | required |  |",
            "| `flag` | boolean | true | a\\|b |",
            "| `n` | integer | required |  |",
            "| `all` | list of strings |  |  |",
            "**200** Done.",
            "- `B`: b",
        ]:
            self.assertIn(line, page.splitlines())
