"""Nothing goes in; what the advisor takes comes out: time and memory, of answers, of a large library, of the page."""
