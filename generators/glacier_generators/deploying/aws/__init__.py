"""AWS, as far as Terraform does not do it: code that is loaded, buckets that are emptied."""
