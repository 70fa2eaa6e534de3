"""Who may watch over the agreements of the network, and what they see, by noun."""
