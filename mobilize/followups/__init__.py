"""What happens next: plans of steps around a milestone or an alert."""
