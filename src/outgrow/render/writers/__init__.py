"""Writers of the formats that targets share: YAML with comments, JSON, HCL."""
