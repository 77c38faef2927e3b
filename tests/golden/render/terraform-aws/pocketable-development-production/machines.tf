# Ubuntu 24.04 as Canonical last published it.
data "aws_ssm_parameter" "ubuntu_amd64" {
  name = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
}

resource "aws_iam_role" "machine_instance" {
  name = "pocketable-production-machine-instance"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ec2.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name      = "pocketable-production-machine-instance"
    Component = "machine"
  }
}

resource "aws_iam_role_policy_attachment" "machine_instance_ssm" {
  role       = aws_iam_role.machine_instance.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_role_policy_attachment" "machine_instance_metrics" {
  role       = aws_iam_role.machine_instance.name
  policy_arn = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
}

resource "aws_iam_instance_profile" "machine" {
  name = "pocketable-production-machine-instance"
  role = aws_iam_role.machine_instance.name
}

# machine: outgrow.yaml:149. No SSH: `aws ssm start-session` opens a shell and leaves a
# record.
resource "aws_launch_template" "machine" {
  name = "pocketable-production-machine"
  # Ubuntu 24.04 as Canonical last published it, read at start.
  image_id               = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
  instance_type          = "t3.medium"
  update_default_version = true
  ebs_optimized          = "true"
  user_data              = filebase64("${path.module}/user-data/machine.sh")
  vpc_security_group_ids = [aws_security_group.machine.id]
  tags = {
    Name      = "pocketable-production-machine"
    Component = "machine"
  }

  iam_instance_profile {
    arn = aws_iam_instance_profile.machine.arn
  }

  block_device_mappings {
    device_name = "/dev/sda1"

    ebs {
      volume_type = "gp3"
      # Assumed: the strategy states no disk.
      volume_size           = 30
      encrypted             = "true"
      kms_key_id            = aws_kms_key.main.arn
      delete_on_termination = "false"
    }
  }

  # Containers do not reach the machine's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  tag_specifications {
    resource_type = "volume"
    tags = {
      Name      = "pocketable-production-machine"
      Component = "machine"
    }
  }
}

# One machine, and its disk stays: not in a group that would replace it whenever it is
# stopped.
resource "aws_instance" "machine" {
  # The provider cannot look up the disk of a template that names a parameter.
  ami                     = data.aws_ssm_parameter.ubuntu_amd64.insecure_value
  subnet_id               = aws_subnet.public_a.id
  disable_api_termination = true
  ebs_optimized           = true
  monitoring              = true
  iam_instance_profile    = aws_iam_instance_profile.machine.name
  tags = {
    Name      = "pocketable-production-machine"
    Component = "machine"
  }
  volume_tags = {
    Name      = "pocketable-production-machine"
    Component = "machine"
  }

  launch_template {
    id      = aws_launch_template.machine.id
    version = "$Default"
  }

  # Containers do not reach the machine's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  maintenance_options {
    auto_recovery = "default"
  }

  root_block_device {
    volume_type = "gp3"
    # Assumed: the strategy states no disk.
    volume_size           = 30
    encrypted             = true
    kms_key_id            = aws_kms_key.main.arn
    delete_on_termination = false
  }

  lifecycle {
    ignore_changes = [ami, user_data, user_data_base64]
  }

  depends_on = [
    aws_route.public_out,
    aws_route_table_association.public_a,
    aws_route_table_association.public_b,
    aws_vpc_security_group_egress_rule.machine_https,
    aws_vpc_security_group_egress_rule.machine_http,
    aws_iam_role_policy_attachment.machine_instance_metrics,
  ]
}

# The address stays when the machine stops.
resource "aws_eip" "machine" {
  domain   = "vpc"
  instance = aws_instance.machine.id
  tags = {
    Name      = "pocketable-production-machine"
    Component = "machine"
  }
}
