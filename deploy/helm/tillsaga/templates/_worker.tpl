{{/* What a version of the workers is made of: {root, version}. */}}

{{- define "tillsaga.worker.name" -}}
tillsaga-worker
{{- with .version.buildId }}-{{ . | replace "." "-" }}{{ end }}
{{- end }}

{{- define "tillsaga.worker.labels" -}}
app.kubernetes.io/name: tillsaga
app.kubernetes.io/component: worker
{{- with .version.buildId }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "tillsaga.worker.env" -}}
{{- with .version.buildId }}
- name: TILLSAGA_BUILD_ID
  value: {{ . | quote }}
{{- end }}
{{- include "tillsaga.apiKey" .root }}
{{- end }}

{{- define "tillsaga.worker" -}}
{{- $values := .root.Values }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "tillsaga.worker.name" . }}
  labels:
    {{- include "tillsaga.worker.labels" . | nindent 4 }}
    {{- include "tillsaga.chart" .root | nindent 4 }}
spec:
  {{- if not $values.worker.keda.enabled }}
  replicas: {{ $values.worker.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "tillsaga.worker.labels" . | nindent 6 }}
  strategy:
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  template:
    metadata:
      labels:
        {{- include "tillsaga.worker.labels" . | nindent 8 }}
      annotations:
        {{- include "tillsaga.checksum" .root | nindent 8 }}
    spec:
      serviceAccountName: tillsaga
      {{- include "tillsaga.pod" .root | nindent 6 }}
      # A vendor call takes up to 30 s, and a worker waits 35 s for those in hand.
      terminationGracePeriodSeconds: 45
      {{- include "tillsaga.spread" (include "tillsaga.worker.labels" .) | nindent 6 }}
      containers:
        - name: worker
          image: {{ with .version.tag }}{{ $values.image.repository }}:{{ . }}{{ else }}{{ include "tillsaga.image" .root }}{{ end }}
          args: [worker]
          {{- with include "tillsaga.worker.env" . }}
          env:
            {{- . | trim | nindent 12 }}
          {{- end }}
          envFrom:
            - configMapRef: {name: tillsaga-settings}
          ports:
            - {name: health, containerPort: 8001}
            - {name: metrics, containerPort: 9464}
          startupProbe:
            httpGet: {path: /healthz, port: health}
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet: {path: /healthz, port: health}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            httpGet: {path: /readyz, port: health}
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 2
          resources:
            {{- toYaml $values.worker.resources | nindent 12 }}
          {{- include "tillsaga.container" .root | nindent 10 }}
          {{- include "tillsaga.mounts" .root | nindent 10 }}
      volumes:
        {{- include "tillsaga.secrets" (list "database_url" "encryption_keys" "audit_keys") | nindent 8 }}
        {{- include "tillsaga.stores" .root | nindent 8 }}
        {{- include "tillsaga.tmp" .root | nindent 8 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "tillsaga.worker.name" . }}
  labels:
    {{- include "tillsaga.worker.labels" . | nindent 4 }}
    {{- include "tillsaga.chart" .root | nindent 4 }}
spec:
  maxUnavailable: 1
  # One that is not ready serves nobody, and must not keep a node from being emptied.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "tillsaga.worker.labels" . | nindent 6 }}
{{- if $values.worker.keda.enabled }}
---
{{ include "tillsaga.worker.scaling" . }}
{{- end }}
{{- end }}
