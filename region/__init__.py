"""The demonstration region: made-up people and organisations, simulated systems, an identity provider and a mailbox."""
