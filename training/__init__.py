"""Trains the heads that see sunglasses, masks, veils and hats.

Run it from the root of the repository: ``python3 -m training``.
"""
