"""How does time go on, and back? Episodes on a tape, lived again, opened from replays."""
