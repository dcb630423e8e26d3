"""The same job by other servers, measured beside ours in one run."""
