"""From a queue to the far side: one event in, one outcome out."""
