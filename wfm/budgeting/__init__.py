"""Budget sessions: months of demand to people and money; scenarios, variance, risk and return."""
