"""What we ask: campaigns under a demand, what a supporter did, and the log of MP contacts."""
