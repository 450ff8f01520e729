"""Speed, as ratios to something that runs in turn; each bench asserts its own answer first."""
