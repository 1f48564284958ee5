"""Inverse edits: each file undoes one family of mistakes, in the hope to meet what the client digested."""
