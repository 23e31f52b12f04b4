"""Who stands with us: partner organizations, their people, and their sign-ons to a demand."""
