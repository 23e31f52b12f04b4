"""What crashes, storms and replays must not break."""
