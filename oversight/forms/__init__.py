"""What may be typed in the pages of oversight, by noun."""
