"""What the measuring programs conclude from numbers."""
