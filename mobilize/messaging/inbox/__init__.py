"""The inbox of texts: who wrote, what we answered, and who looks after it."""
