# The pipeline of the last deployment that came to its end, as data.
resource "terraform_data" "deployed" {
  # Nothing in it is secret; a plan that shows all of it would be long.
  input = sensitive(var.manifest)

  depends_on = [
    module.workflow,
  ]
}
