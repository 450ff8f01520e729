"""Queues in changing conditions: the exact one, and the rules and approximations in use."""
