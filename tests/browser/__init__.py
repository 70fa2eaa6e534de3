"""The product as people use it: real processes, a real browser, a living region."""
