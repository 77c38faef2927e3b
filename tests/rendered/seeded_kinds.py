"""The kinds of faults that are seeded into rendered files, by kind of file.

A fault is a small edit of the text that makes the file wrong in itself: a slip of the hand
(a misspelt key, a lost brace, a key twice), a value that its place does not take, a name that
leads nowhere, or a setting that this project promises never to render (a container without
limits, an open database, a bucket that anyone reads, a secret in plain text). What stays a valid
file with another meaning (three instances for two, another size, another region) is no fault in
this sense: only the strategy knows better, and it is what the file is rendered from.

An edit replaces one match of its pattern, chosen by the seed. It is written without regard to
what any validator looks for: `bench_seeded_faults.py` says which of them are not caught.
"""

# ruff: noqa: E501 - a pattern is read on one line

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """A kind of fault, and the edit that makes it."""

    kind: str
    pattern: str
    replacement: str


class Seeded(NamedTuple):
    """The files of one kind, and the faults that are seeded into them."""

    name: str
    place: str
    faults: tuple[Fault, ...]


_YAML = (
    Fault("wrong indent", r"^(  +)(?=[a-z_]\w*: \S)", r"\1 "),
    Fault("key twice", r"^( *)([a-z_]\w+): (\S.*)\n", r"\1\2: \3\n\1\2: \3\n"),
    Fault("tab for blanks", r"^    (?=\w)", "\t"),
    Fault("lost colon", r"^( +[a-z_]\w+):(?= \S)", r"\1"),
    Fault("quote not closed", r": ([\w.-]+)$", r': "\1'),
)
_HCL = (
    Fault("lost brace", r"^\}\n", "\n"),
    Fault("quote not closed", r'"([\w-]+)"$', r'"\1'),
    Fault("argument twice", r"^(  \w+ += .*[^\[({])\n", r"\1\n\1\n"),
    Fault("lost equals sign", r"^(  \w+) += (?=\")", r"\1 "),
    Fault("block twice", r'^(resource "\w+" "\w+") \{\n', r"\1 {\n}\n\n\1 {\n"),
)
_PYTHON = (
    Fault("lost bracket", r"^\)\n", "\n"),
    Fault("misspelt name", r"(?<==)(\w+)\.(id|arn|name)\b", r"\1x.\2"),
    Fault("lost comma", r'(="[\w./-]+"),$', r"\1"),
    Fault("wrong indent", r"^    (?=\w+=)", "   "),
    Fault("lost import", r"^import (json|pulumi_aws as aws)\n", ""),
)
_SHELL = (
    Fault("quote not closed", r'"(\$?[\w./{}-]+)"', r'"\1'),
    Fault("variable not quoted", r'"(\$\{?\w+\}?)', r"\1"),
    Fault("misspelt variable", r"^(\w+)=(?=\S)", r"\1x="),
    Fault("lost end of a loop", r"^\s*(done|fi|EOF)\b", "#"),
)

SEEDED = (
    Seeded(
        "Dockerfile",
        r"dockerfile/.+/Dockerfile",
        (
            Fault("misspelt instruction", r"^(WORK|ENTRY|HEALTH)(?=[A-Z])", r"\1O"),
            Fault("latest tag", r"^FROM .*?(?= AS|$)", "FROM debian:latest"),
            Fault("no tag", r"^(ARG \w+IMAGE=[\w./-]+):\S+", r"\1"),
            Fault("root user", r"^USER .*$", "USER root"),
            Fault("stage that is not there", r"--from=\w+", "--from=bild"),
            Fault("port out of range", r"^EXPOSE \d+", "EXPOSE 99999"),
            Fault("command not as a list", r"^CMD \[(.*)\]", r"CMD \1 | tee log"),
            Fault(
                "secret in plain text",
                r"^USER ",
                "ENV API_KEY=sk_live_4eC39HqLyjWDarjtT1zdp7\nUSER ",
            ),
            Fault("no user", r"^USER .*\n", ""),
            Fault("relative working folder", r"^WORKDIR /", "WORKDIR "),
            Fault("ADD from the network", r"^COPY .*$", "ADD https://example.com/a.tar.gz /tmp/"),
            Fault("sudo", r"^RUN (?=\w)", "RUN sudo "),
            Fault("no health check", r"^HEALTHCHECK (?:.*\\\n)*.*\n", ""),
        ),
    ),
    Seeded(
        "Docker Compose",
        r"compose/compose\.yaml",
        (
            *_YAML,
            Fault(
                "misspelt key",
                r"^    (mem_limi|heathchek|restar|networ|securit)?(mem_limit|healthcheck|restart|networks|security_opt):",
                r"    \2x:",
            ),
            Fault("wrong type", r"^    restart: .*$", "    restart: [always]"),
            Fault("wrong type", r"^    mem_limit: .*$", "    mem_limit: {max: 1}"),
            Fault("wrong unit", r"^    mem_limit: .*$", "    mem_limit: 256 megabytes"),
            Fault("wrong unit", r"^(      interval): .*$", r"\1: ten seconds"),
            Fault("invalid enum", r"condition: service_healthy", "condition: service_health"),
            Fault(
                "dependency on nothing",
                r"^    depends_on:\n      [\w-]+:",
                "    depends_on:\n      nobody:",
            ),
            Fault("volume that is not there", r"^(      - )[\w-]+(:/var)", r"\1nowhere\2"),
            Fault(
                "network that is not there",
                r"^(    networks:)(?: \[.*\]|\n(?:      - .*\n)+)",
                r"\1 [nowhere]\n",
            ),
            Fault("port out of range", r"^    image: ", '    ports: ["99999:80"]\n    image: '),
            Fault("latest tag", r"^(    image: \S*?(?:postgres|redis|nginx\S*)):.*$", r"\1:latest"),
            Fault("no tag", r"^(    image: \S*?(?:postgres|redis|nginx\S*)):.*$", r"\1"),
            Fault("no limits", r"^    (mem_limit|cpus): .*\n", ""),
            Fault("root user", r"^    image: ", '    user: "0"\n    image: '),
            Fault("privileged", r"^    image: ", "    privileged: true\n    image: "),
            Fault(
                "published database",
                r"^(    image: \S*(?:postgres|redis)\S*)$",
                r'\1\n    ports: ["5432:5432"]',
            ),
            Fault(
                "secret in plain text",
                r"^(      \w*(?:SECRET|PASSWORD|TOKEN|DSN)\w*): .*\$\{.*$",
                r"\1: hunter2hunter2",
            ),
            Fault("no health check", r"^    healthcheck:\n(?:      .*\n)+", ""),
            Fault("missing required key", r"^    image: \S*(?:postgres|redis)\S*\n", ""),
        ),
    ),
    Seeded(
        "Kubernetes",
        r"kubernetes/base/(?!kustomization|network-policies)[\w-]+\.yaml",
        (
            *_YAML,
            Fault(
                "misspelt key",
                r"^( +)(containerPort|serviceAccountName|readinessProbe|securityContext|revisionHistoryLimit):",
                r"\1\2s:",
            ),
            Fault("wrong type", r"^(  revisionHistoryLimit): .*$", r"\1: five"),
            Fault("wrong type", r"containerPort: \d+", 'containerPort: "http"'),
            Fault("wrong type", r"runAsNonRoot: true", "runAsNonRoot: 'yes'"),
            Fault("missing required key", r"^  selector:\n    matchLabels:\n(?:      .*\n)+", ""),
            Fault("wrong unit", r"memory: (\d+)(Mi|Gi)", r"memory: \1 MB"),
            Fault("wrong unit", r"cpu: \d+m", "cpu: half"),
            Fault("port out of range", r"containerPort: \d+", "containerPort: 80000"),
            Fault(
                "port that is not there",
                r"(            \w+:\n(?:              path: .*\n)?              port): \w+",
                r"\1: htpt",
            ),
            Fault(
                "selector of nothing",
                r"(  selector:\n    app.kubernetes.io/name: )\S+",
                r"\1nobody",
            ),
            Fault("latest tag", r"image: ([\w./-]+):\S+", r"image: \1:latest"),
            Fault("root user", r"runAsNonRoot: true", "runAsNonRoot: false"),
            Fault("root user", r"runAsUser: \d+", "runAsUser: 0"),
            Fault("privileged", r"allowPrivilegeEscalation: false", "privileged: true"),
            Fault(
                "writable root", r"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"
            ),
            Fault("capabilities kept", r"^ +capabilities:\n +drop:\n +- ALL\n", ""),
            Fault("no limits", r"^            limits:\n(?:              .*\n)+", ""),
            Fault("no requests", r"^            requests:\n(?:              .*\n)+", ""),
            Fault(
                "no probe",
                r"^          (startup|readiness|liveness)Probe:\n(?:            .*\n)+",
                "",
            ),
            Fault(
                "secret in plain text",
                r"valueFrom:\n +secretKeyRef:\n +name: .*\n +key: .*SECRET.*$",
                "value: hunter2hunter2",
            ),
            Fault("host network", r"^      enableServiceLinks: false$", "      hostNetwork: true"),
            Fault("invalid enum", r"^  type: ClusterIP$", "  type: ClusterIp"),
            Fault("invalid enum", r"imagePullPolicy: \w+", "imagePullPolicy: Sometimes"),
            Fault("unknown version", r"^apiVersion: apps/v1$", "apiVersion: apps/v1beta9"),
        ),
    ),
    Seeded(
        "Kustomize",
        r"kubernetes/overlays/.+/kustomization\.yaml",
        (
            *_YAML,
            Fault("file that is not there", r"^  - (\w+)\.yaml$", r"  - \1s.yaml"),
            Fault("count of nothing", r"^(replicas:\n(?:  #.*\n)?  - name: )\S+", r"\1nobody"),
            Fault("image of nothing", r"^(images:\n  - name: )\S+", r"\1nobody"),
            Fault("misspelt key", r"^(images|replicas|resources):$", r"\1es:"),
            Fault("wrong type", r"^    count: \d+", "    count: many"),
        ),
    ),
    Seeded(
        "Terraform for AWS",
        r"terraform-aws/(network|database|ecs|security|load_balancer|storage|cache|cdn|keys|machines)\.tf",
        (
            *_HCL,
            Fault(
                "misspelt argument",
                r"^  (engine|cidr_block|vpc_id|bucket|policy|subnet_ids|desired_count|port|target_type)(?= +=)",
                r"  \1x",
            ),
            Fault("unknown type", r'^resource "aws_(\w+)"', r'resource "aws_my_\1"'),
            Fault("reference to nothing", r"= (aws_\w+\.\w+)\.(id|arn|name)$", r"= \1_gone.\2"),
            Fault("unknown attribute", r"= (aws_\w+\.\w+)\.(id|arn)$", r"= \1.\2_of"),
            Fault("variable that is not there", r"= aws_\w+\.\w+\.(id|arn)$", "= var.not_there"),
            Fault("unknown function", r"jsonencode\(", "json_encode("),
            Fault(
                "missing required argument",
                r"^  (vpc_id|bucket|load_balancer_arn|allocation_id|security_group_id|cluster_id|engine|replication_group_id) +=.*\n",
                "",
            ),
            Fault(
                "wrong type",
                r"^(  (?:allocated_storage|desired_count|retention_in_days|port|from_port) +=) \d+",
                r'\1 "many"',
            ),
            Fault(
                "wrong type",
                r"^(  (?:enable_dns_support|storage_encrypted|enabled|multi_az|enable_key_rotation) +=) true",
                r'\1 "si"',
            ),
            Fault(
                "invalid enum",
                r'^(  (?:ip_protocol|target_type|ip_address_type|network_mode|kms_key_type|protocol) +=) "\w+"',
                r'\1 "foo"',
            ),
            Fault("bad address range", r'cidr_block( +)= "([\d.]+)/\d+"', r'cidr_block\1= "\2/99"'),
            Fault("port out of range", r"^(  (?:from|to)_port +=) \d+", r"\1 70000"),
            Fault("not aligned", r"^  (\w+) += (?=true|false)", r"  \1 = "),
            Fault(
                "open security group on a database",
                r"(security_group_id +=) (aws_security_group\.(?:db|cache|postgres|redis|documents)\.id\n(?:.*\n)*?) +referenced_security_group_id +=.*$",
                r'\1 \2  cidr_ipv4 = "0.0.0.0/0"',
            ),
            Fault(
                "public database", r"publicly_accessible( +)= false", r"publicly_accessible\1= true"
            ),
            Fault(
                "unencrypted storage", r"storage_encrypted( +)= true", r"storage_encrypted\1= false"
            ),
            Fault(
                "public bucket",
                r"(block_public_acls|block_public_policy|ignore_public_acls|restrict_public_buckets)( +)= true",
                r"\1\2= false",
            ),
            Fault(
                "key that never changes",
                r"enable_key_rotation( +)= true",
                r"enable_key_rotation\1= false",
            ),
            Fault("old TLS", r"ELBSecurityPolicy-[\w-]+", "ELBSecurityPolicy-2015-05"),
            Fault("public address", r"assign_public_ip( +)= false", r"assign_public_ip\1= true"),
            Fault("rights to everything", r"Action( +)= \[[^\]]*\]", r'Action\1= "*"'),
            Fault(
                "unencrypted in transit",
                r"transit_encryption_enabled( +)= true",
                r"transit_encryption_enabled\1= false",
            ),
            Fault(
                "secret in plain text",
                r"password_wo( +)= var\.\w+",
                r'password\1= "hunter2hunter2"',
            ),
            Fault(
                "no protection against deletion",
                r"deletion_protection( +)= true",
                r"deletion_protection\1= false",
            ),
            Fault(
                "old metadata service", r'http_tokens( +)= "required"', r'http_tokens\1= "optional"'
            ),
        ),
    ),
    Seeded(
        "Terraform for DigitalOcean",
        r"digitalocean/(droplets|network)\.tf",
        (
            *_HCL,
            Fault(
                "misspelt argument",
                r"^  (image|size|vpc_uuid|monitoring|ip_range)(?= +=)",
                r"  \1x",
            ),
            Fault("reference to nothing", r"(digitalocean_\w+\.\w+)\.id\b", r"\1_gone.id"),
            Fault("missing required argument", r"^  (image|size) +=.*\n", ""),
            Fault(
                "unknown type", r'^resource "digitalocean_(\w+)"', r'resource "digitalocean_my_\1"'
            ),
        ),
    ),
    Seeded(
        "Pulumi program",
        r"pulumi-aws/(network|database|security|storage|keys)\.py",
        (
            *_PYTHON,
            Fault(
                "misspelt argument",
                r"^    (vpc_id|cidr_block|engine|bucket|description)=",
                r"    \1x=",
            ),
            Fault("unknown class", r"aws\.(ec2|rds|s3|kms)\.(\w+)\(", r"aws.\1.\2s("),
            Fault(
                "missing required argument",
                r"^    (vpc_id|bucket|instance_class|security_group_id|key_id|target_key_id)=.*\n",
                "",
            ),
            Fault(
                "misspelt key in a dictionary", r'\{"(name|sse_algorithm|status|id)": ', r'{"\1x": '
            ),
        ),
    ),
    Seeded(
        "Pulumi project",
        r"pulumi-aws/Pulumi(\.[\w-]+)?\.yaml",
        (
            *_YAML,
            Fault("misspelt key", r"^(runtime|config|description):", r"\1s:"),
            Fault("invalid enum", r"    type: \w+", "    type: text"),
            Fault(
                "wrong type",
                r"^    type: (integer|boolean)((?:\n    .*)*\n    default:) .*$",
                r"    type: \1\2 many",
            ),
        ),
    ),
    Seeded("Shell script", r".+\.sh", _SHELL),
    Seeded(
        "nginx",
        r"(.+/)?nginx\.conf",
        (
            Fault(
                "misspelt directive",
                r"^( +)(proxy_pass|listen|server_name|root|try_files|add_header|gzip)\b",
                r"\1\2s",
            ),
            Fault("lost semicolon", r";$", ""),
            Fault("lost brace", r"^ *\}\n", ""),
            Fault("wrong unit", r"(_timeout) \d+s", r"\1 60sec"),
            Fault("port out of range", r"listen (\S*:)?\d+", "listen 99999"),
            Fault("unknown variable", r"\$(host|uri|remote_addr|scheme)\b", r"$\1_of"),
            Fault(
                "wrong place", r"^events \{", "upstream a { server b; }\nevents {\n    listen 80;"
            ),
            Fault("invalid enum", r"gzip on;", "gzip yes;"),
        ),
    ),
    Seeded(
        "HAProxy",
        r"haproxy/haproxy\.cfg",
        (
            Fault(
                "misspelt directive",
                r"^( +)(bind|mode|timeout|option|balance|server|http-request)\b",
                r"\1\2s",
            ),
            Fault("backend that is not there", r"(default_backend|use_backend) (\S+)", r"\1 no_\2"),
            Fault("wrong unit", r"(timeout \w+) +\d+m?s", r"\1 ten"),
            Fault("invalid enum", r"^( +mode) \w+", r"\1 htpt"),
            Fault("invalid enum", r"^( +balance) \w+", r"\1 fairly"),
            Fault("section twice", r"^backend (\S+)\n", r"backend \1\n    mode http\nbackend \1\n"),
            Fault("quote not closed", r'"([^"\n]+)"', r'"\1'),
        ),
    ),
    Seeded(
        "PgBouncer",
        r"pgbouncer/pgbouncer\.ini",
        (
            Fault(
                "misspelt setting",
                r"^(pool_mode|max_client_conn|default_pool_size|auth_type)\b",
                r"\1s",
            ),
            Fault("invalid enum", r"^pool_mode = .*", "pool_mode = request"),
            Fault("invalid enum", r"^auth_type = .*", "auth_type = password"),
            Fault(
                "wrong type", r"^(max_client_conn|default_pool_size|listen_port) = .*", r"\1 = many"
            ),
            Fault("lost equals sign", r"^(\w+) = (?=\d)", r"\1 "),
            Fault("misspelt setting", r"pool_size=", "pool_sizes="),
            Fault("section that is not there", r"^\[pgbouncer\]", "[pgbounce]"),
        ),
    ),
    Seeded(
        "Prometheus rules",
        r"prometheus/rules/(alerts|recordings)\.yml",
        (
            *_YAML,
            Fault("bad PromQL", r"expr: (.*)\)(?=.*$)", r"expr: \1"),
            Fault("unknown function", r"\b(rate|sum|avg_over_time|max|min)\(", r"\1_of("),
            Fault("wrong unit", r"\[(\d+)[mhd]\]", r"[\1min]"),
            Fault("wrong unit", r"^( +(?:for|interval)): \S+", r"\1: soon"),
            Fault("misspelt key", r"^( +)(expr|labels|annotations)(?=:)", r"\1\2s"),
            Fault("lost quote", r'="([\w-]+)"', r'="\1'),
            Fault("comparison the wrong way", r" > (?=\d+$)", " < "),
            Fault("missing required key", r"^ +expr: .*\n", ""),
        ),
    ),
    Seeded(
        "Prometheus",
        r"prometheus/prometheus\.yml",
        (
            *_YAML,
            Fault(
                "misspelt key",
                r"^( +)(job_name|static_configs|scrape_interval|relabel_configs)(?=:)",
                r"\1\2s",
            ),
            Fault(
                "job twice",
                r"^(  - job_name: )\S+",
                r"\1prometheus\n    static_configs: []\n\1prometheus",
            ),
            Fault("wrong unit", r"^(  scrape_interval): \S+", r"\1: often"),
            Fault("wrong type", r"^(      - targets):(?:\n +- .*)+", r"\1: 5"),
        ),
    ),
    Seeded(
        "Alertmanager",
        r"alertmanager/alertmanager\.yml",
        (
            *_YAML,
            Fault(
                "misspelt key",
                r"^( *)(receivers|route|group_by|repeat_interval|group_wait)(?=:)",
                r"\1\2s",
            ),
            Fault(
                "receiver that is not there", r"^(  receiver|    - receiver): \S+", r"\1: nobody"
            ),
            Fault("wrong unit", r"(group_wait|group_interval|repeat_interval): \S+", r"\1: often"),
        ),
    ),
    Seeded(
        "Blackbox exporter",
        r"blackbox/blackbox\.yml",
        (
            *_YAML,
            Fault("misspelt key", r"^( +)(prober|timeout|fail_if_not_ssl)(?=:)", r"\1\2s"),
            Fault("wrong unit", r"^( +timeout): \S+", r"\1: soon"),
        ),
    ),
    Seeded(
        "Loki",
        r"loki/loki\.yaml",
        (
            *_YAML,
            Fault(
                "misspelt key",
                r"^( *)(schema_config|limits_config|retention_period|store|compactor)(?=:)",
                r"\1\2s",
            ),
        ),
    ),
    Seeded(
        "GitHub Actions",
        r"github-actions/\.github/workflows/.+\.yml",
        (
            *_YAML,
            Fault(
                "misspelt key",
                r"^( +)(runs-on|steps|needs|environment|permissions|concurrency)(?=:)",
                r"\1\2x",
            ),
            Fault("wrong type", r"^( +timeout-minutes): \d+", r"\1: [soon]"),
            Fault("missing required key", r"^ +runs-on: .*\n", ""),
            Fault("invalid enum", r"^( +(?:contents|id-token|packages)): (read|write)", r"\1: all"),
        ),
    ),
    Seeded(
        "CloudWatch alarm",
        r"cloudwatch/alarms/.+\.json",
        (
            Fault("misspelt key", r'"(Period|Threshold|MetricName|EvaluationPeriods)"', r'"\1s"'),
            Fault("wrong type", r'"(Period|EvaluationPeriods)": \d+', r'"\1": "5m"'),
            Fault("lost comma", r",$", ""),
            Fault("key twice", r'^(  "\w+": [^\[{\n]+,)\n', r"\1\n\1\n"),
        ),
    ),
    Seeded(
        "Sentry rule",
        r"sentry/(metric|issue)-alerts/.+\.json",
        (
            Fault(
                "misspelt key", r'"(timeWindow|conditions|frequency|queryType|actions)"', r'"\1s"'
            ),
            Fault("wrong type", r'"(timeWindow|frequency)": \d+', r'"\1": "often"'),
            Fault("lost comma", r",$", ""),
            Fault("lost bracket", r"^\}", ""),
        ),
    ),
    Seeded(
        "Variables (.env.example)",
        r".+\.env\.example",
        (
            Fault("quote not closed", r"^(\w+)=(\S*)$", r'\1="\2'),
            Fault("lost equals sign", r"^(\w+)=(?=\S)", r"\1: "),
            Fault("variable twice", r"^(\w+=.*)\n", r"\1\n\1\n"),
        ),
    ),
    Seeded(
        "README",
        r"(.+/)?README\.md",
        (
            Fault("fence not closed", r"^```\n", ""),
            Fault("row of another width", r"^\| (\S+) \|", r"| \1"),
            Fault("link without an end", r"\]\(([\w./-]+)\)", r"](\1"),
        ),
    ),
    Seeded(
        "Ignore file",
        r"dockerfile/.+/(Dockerfile)?\.dockerignore",
        (
            Fault("misspelt pattern", r"^\*\*/(\.env)\*?\n(?:\*\*/\.env\.\*\n)?", r"**/\1x\n"),
            Fault("misspelt pattern", r"^\.git$", ".gti"),
            Fault("bad pattern", r"^\*\*/\*\.key$", "**/[*.key"),
            Fault("everything ignored", r"^\.github$", "**"),
        ),
    ),
    Seeded(
        "requirements.txt",
        r"pulumi-aws/requirements\.txt",
        (
            Fault("not pinned", r"==.*$", ""),
            Fault("wrong operator", r"==", "="),
            Fault("another version", r"==(\d+)", r"==9\1"),
        ),
    ),
    Seeded(
        "Variables of Terraform",
        r"(terraform-aws|digitalocean)/terraform\.tfvars\.example",
        (
            Fault("quote not closed", r'"$', ""),
            Fault("lost equals sign", r" += ", " "),
        ),
    ),
)
