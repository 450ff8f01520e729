"""What happens in a simulated centre: a readable reference engine and a compiled one that equals it bit for bit."""
