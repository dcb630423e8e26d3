"""How a release is made: a binary that anybody can make again bit by bit, what is in it, and whether that may be in it."""
