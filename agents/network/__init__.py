"""What computes acts and values from percepts? The network, part by part."""
