"""What people write for the fields of an item, as other tools and the providers call them."""

from __future__ import annotations

from collections.abc import Container
from types import MappingProxyType

# Each field with the names it goes by elsewhere: Terraform's, Infracost's and plain guesses.
ALSO_CALLED = MappingProxyType(
    {
        "size": "instance_type instance_class instance type node_type machine_type class sku",
        "count": "quantity qty number instance_count units amount num",
        "nodes": "node_count num_nodes num_cache_nodes nodes_count",
        "tasks": "desired_count task_count instances replicas",
        "instances": "instance_count nodes",
        "replicas": "read_replicas read_replica_count replica_count",
        "hours_month": "hours hours_per_month monthly_hours hrs monthly_hrs hours_running",
        "exists_hours_month": "hours_exists",
        "disk_gb": "storage_gb size_gb volume_gb volume_size disk_size disk_size_gb disk storage "
        "ebs_gb gb",
        "storage_gb": "disk_gb size_gb volume_gb allocated_storage disk_size storage database_gb "
        "gb",
        "ephemeral_gb": "ephemeral_storage_gb ephemeral_storage storage_gb disk_gb",
        "disk_type": "volume_type storage_type ebs_type",
        "storage_type": "disk_type volume_type",
        "storage_class": "class tier",
        "disk_iops": "iops provisioned_iops",
        "iops": "disk_iops provisioned_iops",
        "disk_throughput_mbps": "throughput throughput_mbps disk_throughput storage_throughput",
        "throughput_mbps": "throughput disk_throughput_mbps storage_throughput",
        "snapshot_gb": "snapshots_gb snapshot_storage_gb snapshot_storage_size_gb",
        "backup_gb": "backup backups_gb backup_storage_gb additional_backup_storage_gb",
        "multi_az": "multiaz ha high_availability",
        "reserved": "reservation commitment term reserved_term ri",
        "spot_share": "spot spot_percent spot_fraction",
        "unlimited_credit_vcpu_hours": "cpu_credits cpu_credit_vcpu_hours vcpu_hours "
        "cpu_credit_hrs",
        "cpu_credit_vcpu_hours": "cpu_credits unlimited_credit_vcpu_hours vcpu_hours "
        "cpu_credit_hrs",
        "public_ipv4": "ipv4 public_ip public_ips elastic_ip eip",
        "vcpu": "cpu cpus vcpus cores",
        "memory_gb": "memory ram ram_gb mem_gb",
        "memory_mb": "memory ram ram_mb memory_size mem_mb",
        "ephemeral_mb": "ephemeral_storage storage_mb disk_mb",
        "duration_ms": "duration request_duration_ms average_duration_ms",
        "requests": "monthly_requests invocations request_count calls",
        "request_kb": "request_size request_size_kb payload_kb message_kb size_kb",
        "arch": "architecture cpu_architecture",
        "gb_month": "data_gb data_processed_gb monthly_data_processed_gb processed_gb traffic_gb "
        "gb processed_bytes",
        "gb_per_hour": "processed_gb_per_hour data_gb_per_hour",
        "lcu": "lcus nlcu capacity_units",
        "internet_out_gb": "egress_gb internet_gb data_out_gb out_gb bandwidth_gb transfer_gb "
        "monthly_outbound_internet_gb",
        "cross_az_gb": "cross_zone_gb intra_region_gb inter_az_gb monthly_intra_region_gb",
        "other_region_gb": "inter_region_gb cross_region_gb monthly_outbound_other_regions_gb",
        "us_east_other_gb": "monthly_outbound_us_east_to_us_east_gb",
        "edge": "location price_class edge_location",
        "invalidation_paths": "invalidations invalidation_requests",
        "standard_alarms": "alarms alarm_count",
        "high_resolution_alarms": "high_res_alarms highres_alarms",
        "custom_metrics": "metrics metric_count",
        "log_ingest_gb": "logs_gb log_gb ingest_gb ingested_gb monthly_data_ingested_gb",
        "log_archive_gb": "archive_gb log_storage_gb storage_gb archived_gb",
        "log_insights_scan_gb": "insights_gb scanned_gb monthly_data_scanned_gb",
        "standard_queries": "queries monthly_standard_queries",
        "hosted_zones": "zones",
        "put_requests": "puts writes tier_1_requests",
        "get_requests": "gets reads tier_2_requests",
        "offering": "plan tier product id",
        "seats": "users members developers",
        "usage": "meters",
        "region": "location aws_region",
        "name": "label title id",
    }
)


def meant_by(written: str, fields: Container[str]) -> list[str]:
    """Return those of `fields` that go by the name `written` elsewhere, the likeliest first."""
    wanted = written.lower().replace("-", "_")
    return [
        field for field, names in ALSO_CALLED.items() if field in fields and wanted in names.split()
    ]
