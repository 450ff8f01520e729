"""Queues whose handling times are not exponential."""
