"""The strategy document: Markdown, one self-contained HTML page, and its diagrams."""
