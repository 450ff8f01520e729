"""The least plan that keeps the targets, and why it is not one agent less."""

from wfm.staffing.explain import Explanation, explain
from wfm.staffing.goal import most_that_agents_keep
from wfm.staffing.requirement import Requirement, requirement, staff

__all__ = ["Explanation", "Requirement", "explain", "most_that_agents_keep", "requirement", "staff"]
