"""`python -m conformance`."""

from conformance.commands import main

if __name__ == "__main__":
    main()
