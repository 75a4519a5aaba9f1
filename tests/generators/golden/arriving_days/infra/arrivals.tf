# Files of dropped; those of one minute are one run
module "arrivals" {
  source = "./modules/arrivals"

  name   = "${local.name}-arrived"
  bucket = module.bucket_lake.name
  keys = [
    "in/dropped/day=*/*.parquet",
    "in/dropped/day=*/*.pq",
  ]
  columns = {
    day = 2
  }
  timezone    = "UTC"
  overlap     = "allow"
  starter_arn = module.starter.arn

  permissions_boundary = var.permissions_boundary
}
