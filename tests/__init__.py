"""The tests of the product, in rooms that mirror the apps."""
