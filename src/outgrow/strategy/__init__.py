"""The file outgrow.yaml: its model, its loading with line numbers, its schema."""
