"""The queue for any law of patience."""
