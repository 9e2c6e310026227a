"""What is compared column by column: types and defaults, and what a change of them takes."""
