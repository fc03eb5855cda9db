"""What Xyper remembers of messages and conversations."""
