"""The pages of the network's own record, by noun."""
