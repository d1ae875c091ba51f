"""The schema as it was first released: one migration, the application's own."""
