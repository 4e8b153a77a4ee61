{{- define "barong.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "barong.selector" -}}
app.kubernetes.io/name: barong
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "barong.labels" -}}
{{ include "barong.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end -}}
