"""The target `pulumi-aws`: the AWS graph as a Pulumi project in Python."""
