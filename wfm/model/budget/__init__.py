"""What a budget session decides on: months of demand, people, money, risk; values that never change."""
