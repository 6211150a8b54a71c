"""Measure otplan beside other programs that do the same work, and hold it to its budgets."""
