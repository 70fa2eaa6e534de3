"""The pages of oversight, by noun."""
