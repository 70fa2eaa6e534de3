"""The rights of the person over the own data: questions about the log, insight, correction, objection, restriction, deletion, export."""
