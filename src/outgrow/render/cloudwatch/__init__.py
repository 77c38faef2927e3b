"""CloudWatch without Terraform: the agent, and every alarm as a command takes it."""
