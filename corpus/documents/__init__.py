"""Files and web pages go in; what they say comes out as Markdown: extracted in a process of its own, fetched safely."""
