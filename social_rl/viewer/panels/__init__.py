"""What is to be known of the selected agent? One panel at a time, chosen by its tab or its number."""
