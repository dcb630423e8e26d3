"""Trains the heads that see sunglasses, masks, veils, hats and glasses.

Run it from the root of the repository: ``python3 -m training``.
"""
