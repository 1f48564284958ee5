"""The suite: its client, its reading of answers, its verdicts."""
