"""What does another want? Successor features and rewards of others, learned from what they do (PsiPhi, BASIS)."""
