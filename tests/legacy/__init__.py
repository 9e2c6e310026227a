"""Migrations folders that earlier releases made, and the tests that they work unedited."""
