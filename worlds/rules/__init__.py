"""What happens in one step? Scalar rules, written once."""
