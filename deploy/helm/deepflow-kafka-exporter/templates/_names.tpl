{{- /* Labels that Helm's users expect. They are not labels of pods, so that a new version of the chart alone restarts nothing. */}}
{{- define "deepflow-kafka-exporter.helmLabels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end }}

{{- define "deepflow-kafka-exporter.selectorLabels" -}}
app.kubernetes.io/name: deepflow-kafka-exporter
app.kubernetes.io/component: operator
{{- end }}

{{- define "deepflow-kafka-exporter.labels" -}}
{{ include "deepflow-kafka-exporter.selectorLabels" . }}
app.kubernetes.io/part-of: deepflow
{{ include "deepflow-kafka-exporter.helmLabels" . }}
{{- end }}

{{- /* The names are those of deploy/: the operator's Lease has this name too. */}}
{{- define "deepflow-kafka-exporter.operator" -}}
deepflow-kafka-exporter-operator
{{- end }}

{{- define "deepflow-kafka-exporter.image" -}}
{{- $image := .Values.image }}
{{- $tag := $image.tag }}
{{- if not (or $tag $image.digest) }}{{ $tag = .Chart.AppVersion }}{{ end }}
{{- $image.repository }}{{ with $tag }}:{{ . }}{{ end }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "deepflow-kafka-exporter.exporterImage" -}}
{{ .Values.exporterImage | default (include "deepflow-kafka-exporter.image" .) }}
{{- end }}

{{- define "deepflow-kafka-exporter.subject" -}}
- kind: ServiceAccount
  name: {{ include "deepflow-kafka-exporter.operator" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- /* Security contexts that Pod Security's level "restricted" wants. */}}
{{- define "deepflow-kafka-exporter.podSecurityContext" -}}
runAsNonRoot: true
{{- if not .Values.platformSecurityContext }}
runAsUser: 65532
runAsGroup: 65532
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "deepflow-kafka-exporter.containerSecurityContext" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
{{- end }}
