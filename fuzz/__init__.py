"""Builds and runs the fuzz targets: see `python3 -m fuzz --help`."""
