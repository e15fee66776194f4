"""Who may play an agent? Scripted, planning and learned policies."""
