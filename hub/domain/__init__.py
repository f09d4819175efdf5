"""States, deadlines and texts of the domain. Standard library only; time is always an argument."""
