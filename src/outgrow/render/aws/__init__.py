"""What a phase needs on AWS, as typed blocks: built once, spelled by Terraform and Pulumi."""
