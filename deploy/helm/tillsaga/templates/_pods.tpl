{{/* What the pods have in common; most of it is what the restricted Pod Security Standard asks for. */}}

{{- define "tillsaga.chart" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "tillsaga.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Nothing of ours speaks to Kubernetes; and service links would set TILLSAGA_API_PORT to the address of
     the Service tillsaga-api. */}}
{{- define "tillsaga.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "tillsaga.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "tillsaga.apiKey" -}}
{{- with .Values.temporal.apiKeySecret }}
- name: TEMPORAL_API_KEY
  valueFrom: {secretKeyRef: {name: {{ . }}, key: api_key}}
{{- end }}
{{- end }}

{{/* A changed setting is a changed pod, which is rolled out. */}}
{{- define "tillsaga.checksum" -}}
checksum/config: {{ include (print .Template.BasePath "/config.yaml") . | sha256sum }}
{{- end }}

{{/* Over zones and nodes, by the labels given. */}}
{{- define "tillsaga.spread" -}}
topologySpreadConstraints:
  {{- $labels := . }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- $labels | nindent 8 }}
  {{- end }}
{{- end }}

{{- define "tillsaga.mounts" -}}
volumeMounts:
  - name: secrets
    mountPath: /run/secrets/tillsaga
    readOnly: true
  - name: stores
    mountPath: /etc/tillsaga
    readOnly: true
  - name: tmp
    mountPath: /tmp
{{- end }}

{{/* The keys of the Secret tillsaga, as the settings that they are. */}}
{{- define "tillsaga.secrets" -}}
- name: secrets
  secret:
    secretName: tillsaga
    defaultMode: 0440
    items:
      {{- range . }}
      - {key: {{ . }}, path: tillsaga_{{ . }}}
      {{- end }}
{{- end }}

{{- define "tillsaga.tmp" -}}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- end }}

{{/* The stores file with the secrets that it names. A vendor that no store has needs no Secret. */}}
{{- define "tillsaga.stores" -}}
- name: stores
  projected:
    defaultMode: 0440
    sources:
      - configMap:
          name: tillsaga-stores
      - secret:
          name: tillsaga-leat
          optional: true
          items:
            - {key: token, path: secrets/leat/token}
            - {key: loyalty_token_secret, path: secrets/leat/loyalty_token_secret}
      - secret:
          name: tillsaga-letstrade
          optional: true
          items:
            - {key: token, path: secrets/letstrade/token}
            - {key: callback_secret, path: secrets/letstrade/callback_secret}
      - secret:
          name: tillsaga-wll
          optional: true
          items:
            - {key: api_key, path: secrets/wll/api_key}
            - {key: client_id, path: secrets/wll/client_id}
            - {key: client_secret, path: secrets/wll/client_secret}
      - secret:
          name: tillsaga-loyale
          optional: true
          items:
            - {key: scheme_id, path: secrets/loyale/scheme_id}
            - {key: api_key, path: secrets/loyale/api_key}
      - secret:
          name: tillsaga-koupon
          optional: true
          items:
            - {key: identifier, path: secrets/koupon/identifier}
            - {key: secret, path: secrets/koupon/secret}
      - secret:
          name: tillsaga-webhooks
          optional: true
          items:
            - {key: secret, path: secrets/webhooks/secret}
{{- end }}
