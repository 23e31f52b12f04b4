"""What every feature stands on; nothing here knows a word of the domain."""
