"""Terminal, JSON, page and workbook: they show result values and compute nothing."""
