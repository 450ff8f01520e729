"""Counts, the definitions of every measure on them, and the Prediction that holds the answers."""
