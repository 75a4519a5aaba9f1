"""What a task's outputs depend on, as digests: code, parameters, inputs, declarations and libraries."""
