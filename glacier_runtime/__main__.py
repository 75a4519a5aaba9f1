"""`python -m glacier_runtime`: the same as `glacier`."""

from glacier_runtime.cli import main

if __name__ == "__main__":
    main()
