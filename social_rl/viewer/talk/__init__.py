"""What do a person and agents say to each other? What is told, what is logged, and bubbles."""
