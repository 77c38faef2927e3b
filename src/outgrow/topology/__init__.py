"""Strategy x phase x environment, resolved into resources that everything else reads."""
