project    = "two_chains"
region     = "eu-west-1"
account_id = "210987654321"
tags = {
  "cost centre" = "42"
  "for"         = "a team"
  "größe"       = "S"
  owner         = "flights@example.org"
}
