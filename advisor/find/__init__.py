"""A question goes in; the passages, sentences and differences of the library that answer it come out."""
