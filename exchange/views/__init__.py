"""The pages of exchange, by noun."""
