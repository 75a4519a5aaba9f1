"""How long it takes to make a project: from our template, from templates of nothing but files, and with what peers offer."""
