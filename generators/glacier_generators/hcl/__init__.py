"""HCL, the language of Terraform, as data and as text."""
