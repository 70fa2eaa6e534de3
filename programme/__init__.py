"""The roll-out: which participant is how far with which process of the network, and the admission of participants."""
