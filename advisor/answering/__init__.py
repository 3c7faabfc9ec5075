"""What was found goes in; an answer in the making comes out, each statement checked."""
