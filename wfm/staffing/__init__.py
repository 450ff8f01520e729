"""The least plan that keeps the targets, and why it is not one agent less."""

from wfm.staffing.explain import Explanation, explain
from wfm.staffing.requirement import Requirement, requirement, staff

__all__ = ["Explanation", "Requirement", "explain", "requirement", "staff"]
