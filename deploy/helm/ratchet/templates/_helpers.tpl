{{- define "ratchet.labels" -}}
app.kubernetes.io/name: ratchet
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "ratchet.selector" -}}
app.kubernetes.io/name: ratchet
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "ratchet.image" -}}
{{ .repository }}:{{ .tag }}
{{- end }}

{{- /* The Service that the ratchet.yaml names (engine.target.kubernetes), as JSON; empty where it names none. */ -}}
{{- define "ratchet.service" -}}
{{- $engine := (fromYaml .Values.project.yaml).engine | default dict -}}
{{- if kindIs "map" $engine.target -}}{{- $engine.target.kubernetes | toJson -}}{{- end -}}
{{- end }}

{{- define "ratchet.engines" -}}
{{- if include "ratchet.service" . -}}
{{- else if .Values.vllm.enabled -}}
{{- $urls := list -}}
{{- range $i := until (int .Values.vllm.replicas) -}}
{{- $urls = append $urls (printf "http://%s-vllm-%d.%s-vllm:8000" $.Release.Name $i $.Release.Name) -}}
{{- end -}}
{{- join "," $urls -}}
{{- else if .Values.engines -}}
{{- join "," .Values.engines -}}
{{- else -}}
{{- fail "engines: expected vllm.enabled, or engines with their base URLs, or engine.target.kubernetes in the ratchet.yaml" -}}
{{- end -}}
{{- end }}

{{- define "ratchet.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "ratchet.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* What reads the store: where it is, and how it is let in. */ -}}
{{- define "ratchet.storeEnv" -}}
- {name: RATCHET_STORE, value: {{ required "store: expected s3://bucket/prefix" .Values.store | quote }}}
- {name: RATCHET_PROJECT, value: {{ required "project.name: expected the project's name" .Values.project.name | quote }}}
- {name: RATCHET_PROJECT_FOLDER, value: /project}
- {name: RATCHET_WORK, value: /work}
- {name: RATCHET_CACHE, value: /work/cache}
- {name: HF_HOME, value: /work/huggingface}
- {name: HOME, value: /work}
{{- range $name, $value := .Values.env }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- /* Where a process shows its metrics, by the variable that it reads. */ -}}
{{- define "ratchet.metricsEnv" -}}
{{- with .root.Values.metrics.port }}
- {name: {{ $.variable }}, value: "0.0.0.0:{{ . }}"}
{{- end }}
{{- end }}

{{- define "ratchet.metricsPort" -}}
{{- with .Values.metrics.port -}}
{{- $admin := ((fromYaml $.Values.project.yaml).gateway | default dict).admin_port | default 8081 -}}
{{- if has (int .) (list (int $.Values.gateway.port) (int $admin)) -}}
{{- fail (printf "metrics.port: %d is the gateway's already (gateway.port, or its port for operators): expected another, as 9464" (int .)) -}}
{{- end -}}
{name: metrics, containerPort: {{ . }}}
{{- end -}}
{{- end }}

{{- /* Of one kind of process: of `root` and `process`. */ -}}
{{- define "ratchet.storeSecrets" -}}
{{- $secrets := .root.Values.secrets -}}
{{- range list (get $secrets.stores .process | default $secrets.store) $secrets.huggingFace }}
{{- if . }}
- secretRef: {name: {{ . }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "ratchet.temporalEnv" -}}
- {name: TEMPORAL_ADDRESS, value: {{ required "temporal.address: expected host:port" .Values.temporal.address | quote }}}
- {name: TEMPORAL_NAMESPACE, value: {{ .Values.temporal.namespace | quote }}}
- {name: TEMPORAL_TLS, value: {{ .Values.temporal.tls | quote }}}
{{- end }}

{{- define "ratchet.engineEnv" -}}
- {name: RATCHET_ENGINES, value: {{ include "ratchet.engines" . | quote }}}
- {name: RATCHET_ADAPTERS, value: /adapters}
{{- with .Values.adapters.pathOnEngines }}
- {name: RATCHET_ADAPTERS_ON_ENGINES, value: {{ . | quote }}}
{{- end }}
{{- end }}

{{- /* The claim that adapters lie on; empty where no engine is named that would read them. */ -}}
{{- define "ratchet.adaptersClaim" -}}
{{- $target := ((fromYaml .Values.project.yaml).engine | default dict).target | default "embedded" -}}
{{- if .Values.adapters.existingClaim -}}
{{- .Values.adapters.existingClaim -}}
{{- else if .Values.vllm.enabled -}}
{{- .Release.Name }}-adapters
{{- else if or .Values.engines (not (kindIs "string" $target)) -}}
{{- fail "adapters.existingClaim: expected the ReadWriteMany claim from which your engines read adapters" -}}
{{- end -}}
{{- end }}

{{- define "ratchet.adaptersMount" -}}
{{- if include "ratchet.adaptersClaim" . }}
- {name: adapters, mountPath: /adapters}
{{- end }}
{{- end }}

{{- define "ratchet.adaptersVolume" -}}
{{- with include "ratchet.adaptersClaim" . }}
- name: adapters
  persistentVolumeClaim: {claimName: {{ . }}}
{{- end }}
{{- end }}

{{- define "ratchet.volumes" -}}
- name: project
  configMap: {name: {{ .Release.Name }}-project}
- name: work
  emptyDir: {}
- name: tmp
  emptyDir: {}
{{- end }}

{{- define "ratchet.mounts" -}}
- {name: project, mountPath: /project, readOnly: true}
- {name: work, mountPath: /work}
- {name: tmp, mountPath: /tmp}
{{- end }}
