"""Measuring speed: `python3 -m benches.peers`, `python3 -m benches.instructions`, `python3 -m benches.report`."""
