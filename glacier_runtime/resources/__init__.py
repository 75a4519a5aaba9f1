"""What a provider makes: buckets, where data lies, and compute resources, where tasks run."""
