"""What happened, what must still be delivered, and what waits for whom."""
