"""Reading a message: characters, tree, parts by position. Nothing here judges; the rules do."""
