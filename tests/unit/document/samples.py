"""Strategies for the tests of the document, and the parts that a test builds it from."""

from __future__ import annotations

import json
from functools import cache

from outgrow.catalog.load import load_catalog
from outgrow.render.document.blocks import StrategyDocument
from outgrow.render.document.build import build_document
from outgrow.render.document.facts import StrategyFacts, facts_of
from outgrow.strategy.load import parse_strategy

SMALLEST = """
outgrow: 1
name: small
components:
  api: {kind: service}
phases:
  start:
    use:
      api: {offering: aws/ec2/t3.medium}
"""

# Text that would be markup in HTML, in Markdown or in Mermaid, wherever text may stand.
HOSTILE_TEXTS = (
    "<script>alert('x')</script>",
    "a | b || c",
    "`code` ``more``",
    "# no heading",
    "1. no list",
    "- no item",
    "[link](https://example.invalid/x)",
    "![image](https://example.invalid/x.png)",
    "quote \" and 'single'",
    "*star* _under_ ~~gone~~",
    "</svg><img src=x onerror=alert(1)>",
    "--> broken <!-- comment",
    'end] ) } "] --> n1',
    "{{ jinja }} {% raw %}",
    "a\\|b \\",
    "$x$ &amp; &lt;b&gt;",
    "two\nlines\n\n## and more",
)


def hostile(text: str) -> str:
    """Return a strategy in which `text` stands in every free text of the file."""
    said = json.dumps(text)
    return f"""
outgrow: 1
name: {said}
description: {said}
source: {said}
demand:
  users: {{description: {said}, unit: {said}}}
components:
  web:
    kind: frontend
    kit: true
    public: true
    description: {said}
    stack: {said}
    talks_to: [db]
  db:
    kind: postgres
    description: {said}
    environment: {{KEY: {said}}}
    needs: {{features: [{said}]}}
offerings:
  own/db: {{name: {said}, source: {said}, note: {said}, price: {{per_month: 5}}}}
phases:
  start:
    name: {said}
    description: {said}
    serves: {{users: 0-100}}
    use:
      web: {{offering: vercel/pro, note: {said}}}
      db: {{offering: own/db}}
    actions: [{said}, {said}]
    next:
      more: {{description: {said}, steps: [{{do: {said}, verify: {said}}}], changes: [{said}]}}
  more:
    name: {said}
    serves: {{users: 100+}}
    use:
      db: {{offering: own/db}}
addons:
  extra: {{description: {said}, use: {{db: {{note: {said}}}}}, when: {{metric: users, above: 5}}}}
signals:
  slow: {{description: {said}, when: {{metric: users, above: 5}}}}
environments:
  staging: {{description: {said}, purposes: [{said}], urls: {{web: {said}}}}}
  production: {{description: {said}}}
targets:
  fast: {{metric: api.latency_p95_ms, below: 100}}
alerts:
  loud: {{description: {said}, metric: users, above: 5}}
caching:
  pages: {{layer: cdn, description: {said}, key: {said}, invalidated_by: {said}}}
sign_in: {{issuer: "https://x", audience: [{said}], authorized_parties: [{said}]}}
security: [{{do: {said}, area: {said}, shown_by: {said}, met: true}}]
practices: [{{do: {said}, area: {said}, met: false}}]
decisions:
  - {{question: {said}, chosen: [{said}], why: {said}, options: [{{name: {said}, pros: [{said}]}}]}}
questions: [{{question: {said}, answer: {said}}}]
next_steps: [{{at: {{users: 100}}, when: {said}, do: {said}, phase: more}}]
claims:
  price: {{says: {said}, where: {said}, note: {said}, states: 5, items: [{{offering: vercel/pro}}]}}
"""


GROWING = """
outgrow: 1
name: growing
description: A shop that grows.
demand:
  users: {unit: users, measured: {system: db}}
  files_gb: {per: {users: 0.1}}
components:
  cdn: {kind: cdn, public: true, talks_to: [web]}
  web: {kind: frontend, talks_to: [api, errors]}
  api:
    kind: service
    needs: {vcpu: 2, memory_gib: 4, websockets: true}
    talks_to: [db, cache, files, errors]
  db: {kind: postgres}
  replica: {kind: postgres, talks_to: [db]}
  cache: {kind: redis}
  files: {kind: object_store}
  errors: {kind: error_tracking}
  watch: {kind: monitoring, talks_to: [api]}
phases:
  start:
    name: First
    serves: {users: 0-1k}
    budget_usd_month: 1-5
    use:
      web: {offering: vercel/hobby}
      api: {offering: aws/fargate, settings: {vcpu: 2, memory_gb: 4}}
      db: {offering: aws/rds-postgresql/db.t3.small, settings: {storage_gb: 20}}
    next:
      large:
        when: {metric: users, at_least: 1000, warn: 800}
        downtime_seconds: 300
        hold_old_days: 7
        rto_seconds: 3600
        rpo_seconds: 60
        effort_days: 2-3
        steps: [{do: Copy the data., component: db, reversible: true, verify: Counts agree.}]
      aside-way: {direction: aside}
  large:
    serves: {users: 1k+}
    expects: {users: 4000}
    regions: [us-east-1, eu-west-1]
    use:
      cdn: {offering: aws/cloudfront, usage: {internet_out_gb: 100}}
      web: {offering: vercel/pro}
      api:
        offering: aws/fargate
        settings: {vcpu: 2, memory_gb: 4}
        instances: {minimum: 2, maximum: 6}
      db: {offering: aws/rds-postgresql/db.m6g.large, settings: {storage_gb: 100, multi_az: true}}
      replica: {offering: aws/rds-postgresql/db.m6g.large, settings: {storage_gb: 100}}
      cache: {offering: aws/elasticache-redis/cache.t4g.micro}
      files: {offering: aws/s3, usage: {storage_gb: files_gb}}
      errors: {offering: sentry/team}
      watch: {offering: aws/ec2/t3.small, settings: {disk_gb: 20}}
    next:
      start: {direction: down}
  aside-way:
    use:
      api: {price: {unknown: true}}
environments:
  staging:
    phase: start
    only: [api, db]
    rules: {production_data: false, load_tests: false}
    fits_into: {vcpu: 1, memory_gib: 8}
    branch: develop
  production: {data: production}
targets:
  fast: {metric: api.latency_p95_ms, aim: latency, percentile: 95, below: 300, alert_above: 500}
security:
  - {do: Encrypt the disk., met: true, shown_by: the console}
  - {do: Rotate the keys., met: false}
  - {do: Read the logs.}
"""


@cache
def facts_about(text: str) -> StrategyFacts:
    """Return what the packaged catalogue says about the strategy in `text`."""
    return facts_of(parse_strategy(text).strategy, load_catalog())


@cache
def document_about(text: str) -> StrategyDocument:
    """Return the document of the strategy in `text`."""
    return build_document(facts_about(text))
