"""Does the house keep its promises? The folders mirror the packages."""
