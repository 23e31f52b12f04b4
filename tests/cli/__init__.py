"""The command, given what it should not be given."""
