"""Two or more predictions: their differences, how sure each is, and the words for it."""

from wfm.comparison.compare import Comparison, Difference, compare
from wfm.comparison.reconcile import Reconciliation, Step, reconcile

__all__ = ["Comparison", "Difference", "Reconciliation", "Step", "compare", "reconcile"]
