{{- /* The operator's options. A list of names that is null is no option; an empty one allows nothing. */}}
{{- define "deepflow-kafka-exporter.args" -}}
{{- $args := list "operator" "--leader-elect" }}
{{- with .Values.watchNamespaces }}{{ $args = append $args (printf "--watch-namespaces=%s" (join "," .)) }}{{ end }}
{{- if .Values.platformSecurityContext }}{{ $args = append $args "--platform-security-context" }}{{ end }}
{{- with .Values.exporterImage }}{{ $args = append $args (printf "--exporter-image=%s" .) }}{{ end }}
{{- with .Values.installation }}{{ $args = append $args (printf "--installation=%s" .) }}{{ end }}
{{- with .Values.requireSecretLabel }}{{ $args = append $args (printf "--require-secret-label=%s" .) }}{{ end }}
{{- range $value, $option := dict
  "priorityClasses" "priority-classes"
  "runtimeClasses" "runtime-classes"
  "tolerations" "tolerations"
  "podAnnotations" "pod-annotations"
  "podLabels" "pod-labels" }}
{{- $names := get $.Values.allowed $value }}
{{- if kindIs "slice" $names }}{{ $args = append $args (printf "--allowed-%s=%s" $option (join "," $names)) }}{{ end }}
{{- end }}
{{- toYaml (concat $args .Values.extraArgs) }}
{{- end }}

{{- /* Keeps operators on different nodes or in different zones, always. */}}
{{- define "deepflow-kafka-exporter.affinity" -}}
{{- $spread := dict }}
{{- if ne .Values.spread "Preferred" }}
{{- $key := eq .Values.spread "Zones" | ternary "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
{{- $labels := include "deepflow-kafka-exporter.selectorLabels" . | fromYaml }}
{{- $term := dict "topologyKey" $key "labelSelector" (dict "matchLabels" $labels) }}
{{- $spread = dict "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term)) }}
{{- end }}
{{- with merge (deepCopy .Values.affinity) $spread }}{{ toYaml . }}{{ end }}
{{- end }}
