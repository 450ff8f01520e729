"""Formulas applied to a centre: Erlang C and A interval by interval, and the exact queue carried over the intervals."""
