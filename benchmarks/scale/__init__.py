"""Scale on paper: a model of pipelines, datasets and days larger than were measured, and which limit each meets first."""
