{{/* Name of every object; those that are not one of a kind add to it. */}}
{{- define "fakecloud.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "fakecloud.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "fakecloud.name" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{/* What selects the server's Pod. Never fakecloud-managed-by: that is what the server itself made. */}}
{{- define "fakecloud.selectorLabels" -}}
app.kubernetes.io/name: fakecloud
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "fakecloud.labels" -}}
{{ include "fakecloud.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "fakecloud.scheme" -}}
{{- ternary "https" "http" (ne .Values.tls.secretName "") -}}
{{- end -}}
