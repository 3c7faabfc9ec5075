"""The advisor: answers to career questions, each sentence checked against the article it cites."""
