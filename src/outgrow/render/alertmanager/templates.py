"""Messages that people can read: what is wrong, where it is defined, where to look.

The strategy's text reaches these templates as annotations of alerts, which are values and
never templates themselves. In Slack `<`, `>` and `&` would be markup, so they are escaped.
"""

from __future__ import annotations

SLACK_TEMPLATES = """\
{{/* Used by alertmanager.yml; amtool template render --template.glob=templates/*.tmpl */}}

{{ define "outgrow.title" -}}
[{{ if eq .Status "firing" }}{{ .CommonLabels.severity | toUpper }}{{ else }}OK{{ end }}]
{{- if .CommonLabels.component }} {{ .CommonLabels.component }}{{ end }}
{{- if .CommonLabels.alertname }} {{ .CommonLabels.alertname }}{{ end }}
{{- if gt (len .Alerts) 1 }} ({{ len .Alerts }} alerts){{ end }}
{{- if .CommonLabels.environment }} in {{ .CommonLabels.environment }}{{ end }}
{{- end }}

{{/* The query that fired; for several alerts, this Alertmanager. */}}
{{ define "outgrow.link" -}}
{{ if eq (len .Alerts) 1 }}{{ (index .Alerts 0).GeneratorURL }}{{ else }}{{ .ExternalURL }}{{ end }}
{{- end }}

{{ define "outgrow.slack.color" -}}
{{ if ne .Status "firing" }}good
{{- else if eq .CommonLabels.severity "page" }}danger
{{- else if eq .CommonLabels.severity "warn" }}warning
{{- else }}#439FE0{{ end }}
{{- end }}

{{/* Slack reads <, > and & as markup: <!channel> would call everybody. */}}
{{ define "outgrow.slack.plain" -}}
{{ . | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;" }}
{{- end }}

{{/* For each alert what it means, what to do, and the line of the strategy that asks for it. */}}
{{ define "outgrow.slack.text" -}}
{{ range .Alerts -}}
*{{ template "outgrow.slack.plain" .Annotations.summary }}*
{{- with .Annotations.description }}
{{ template "outgrow.slack.plain" . }}
{{- end }}
{{- with .Annotations.runbook_url }}
<{{ template "outgrow.slack.plain" . }}|What to do>
{{- end }}
since {{ .StartsAt.UTC.Format "2006-01-02 15:04" }} UTC
{{- with .Annotations.source }}, {{ template "outgrow.slack.plain" . }}{{ end }}
{{- with .GeneratorURL }}, <{{ . }}|the query>{{ end }}
{{ end }}
{{- end }}
"""
