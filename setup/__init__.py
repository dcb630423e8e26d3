"""Fetches, checks, converts and places the model weights and ONNX Runtime.

Run it from the root of the repository: ``python3 -m setup``.
"""
