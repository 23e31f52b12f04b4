"""What we demand and when it matters: the demands, the principles, the milestones."""
