"""The record of a citizen: the network's own entries, and facts that stay with their source."""
