"""How do people compare episodes in a window? Clips side by side, one time for all, answers by keys or by mouse."""
