{{/* One object for all task queues, since every worker polls them all, and a Deployment takes one count. The
     trigger that asks for most wins. What Temporal is asked about is read from the Deployment's settings. */}}
{{- define "tillsaga.worker.scaling" -}}
{{- $keda := .root.Values.worker.keda }}
{{- $queue := .root.Values.settings.TILLSAGA_TASK_QUEUE | default "tillsaga" }}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ include "tillsaga.worker.name" . }}
  labels:
    {{- include "tillsaga.worker.labels" . | nindent 4 }}
    {{- include "tillsaga.chart" .root | nindent 4 }}
spec:
  scaleTargetRef:
    name: {{ include "tillsaga.worker.name" . }}
  pollingInterval: 15
  # Never none: a till would wait for the first one. Two, since either may be gone.
  minReplicaCount: {{ $keda.minReplicas }}
  maxReplicaCount: {{ $keda.maxReplicas }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown:
          stabilizationWindowSeconds: 600
          policies:
            - {type: Pods, value: 1, periodSeconds: 60}
  triggers:
    # Workflow tasks are quick, and keep a CPU busy long before they queue.
    - type: cpu
      metricType: Utilization
      metadata:
        value: "70"
    # Checkouts and the rest of our workflows, of this version alone.
    {{- include "tillsaga.trigger" (dict "of" . "queue" $queue "type" "workflow" "target" "5" "ours" true) | nindent 4 }}
    {{- include "tillsaga.trigger" (dict "of" . "queue" $queue "type" "activity" "target" "10" "ours" true) | nindent 4 }}
    # Calls to vendors, which any version makes: a queue for each kind that a store has.
    {{- range include "tillsaga.kinds" .root | fromJsonArray }}
    {{- include "tillsaga.trigger" (dict "of" $ "queue" (print $queue "-" .) "type" "activity" "target" "20") | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "tillsaga.trigger" -}}
- type: temporal
  metadata:
    endpointFromEnv: TEMPORAL_ADDRESS
    namespaceFromEnv: TEMPORAL_NAMESPACE
    taskQueue: {{ .queue }}
    queueTypes: {{ .type }}
    targetQueueSize: {{ .target | quote }}
    {{- if and .ours .of.version.buildId }}
    workerDeploymentName: {{ .of.root.Values.settings.TILLSAGA_DEPLOYMENT | default "tillsaga" }}
    workerDeploymentBuildIdFromEnv: TILLSAGA_BUILD_ID
    {{- end }}
  {{- with .of.root.Values.temporal.apiKeySecret }}
  authenticationRef: {name: {{ . }}}
  {{- end }}
{{- end }}

{{/* The vendor kinds that the stores have, sorted, as JSON. */}}
{{- define "tillsaga.kinds" -}}
{{- $kinds := list }}
{{- range (.Values.stores | fromYaml).stores }}
{{- range .providers }}
{{- $kinds = append $kinds .kind }}
{{- end }}
{{- end }}
{{- $kinds | uniq | sortAlpha | toJson }}
{{- end }}
