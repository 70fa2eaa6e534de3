"""Who everybody is: organisations, users, memberships and patients."""
