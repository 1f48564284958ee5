"""The back end: identifiers, and answers in the words of whatever contract is given."""
