"""Messages of iWmo and iJw."""
