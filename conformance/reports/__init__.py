"""What a run leaves behind: a table on the terminal, results.json, and every exchange as files."""
