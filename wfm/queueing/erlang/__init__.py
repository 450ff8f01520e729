"""Erlang B, C and A, and Erlang A with redials."""
