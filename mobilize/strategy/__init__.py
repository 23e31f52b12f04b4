"""What the campaign demands, and when it matters: demands, principles and milestones."""
