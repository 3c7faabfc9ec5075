"""What a message asks: input checks, boundaries, the question that stands alone."""
