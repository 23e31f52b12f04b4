"""What must never leave the house, looked for across all of it."""
