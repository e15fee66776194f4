"""How does a language model read, answer and learn? Models of transformers, their tokens and caches."""
