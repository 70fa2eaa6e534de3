"""One request for care or support, from sending to outcome."""
