"""The organizers' pages, where the features meet."""
