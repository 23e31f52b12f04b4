"""Who may work with an installation: organizers, their roles and keys, and the audit log."""
