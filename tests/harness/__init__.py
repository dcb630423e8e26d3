"""What the test programs in Python share: a running server, its apps, photographs, and pinned libraries."""
