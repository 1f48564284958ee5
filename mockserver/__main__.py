"""`python -m mockserver`."""

from mockserver.commands import main

if __name__ == "__main__":
    main()
