"""How do two casts do on the same level? Two worlds side by side, with one clock."""
