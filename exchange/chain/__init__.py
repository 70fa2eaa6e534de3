"""Messages of iWmo and iJw beside the network: read strictly, judged, answered with a return code, written by one set of tables."""
