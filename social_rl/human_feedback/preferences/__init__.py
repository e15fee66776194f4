"""What do people prefer? Comparisons and their labels, where they are kept, who gives them, how far raters agree."""
