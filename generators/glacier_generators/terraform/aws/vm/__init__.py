"""Tasks on machines of EC2 that AWS Batch starts for them, and ends: none is there while none works."""
