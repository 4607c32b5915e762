"""The text of a page: words with their places, in reading order."""
