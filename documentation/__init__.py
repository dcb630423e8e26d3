"""The documentation: docs/API.md from the OpenAPI document, and the Markdown files as a small site."""
