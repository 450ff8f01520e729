"""Many worlds of one centre, compared with a baseline on the same days."""
