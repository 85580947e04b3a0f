/**
 * The environment variables that users may set, as a page's section. A test looks every RATCHET_… of the code up in here.
 */
export const ENVIRONMENT = `\`ratchet up\` passes to each process only the variables that it needs and those of its clients (AWS, Temporal, OpenTelemetry, Kubernetes, proxies), and nothing else from your shell. On a machine where you start workers or a gateway yourself, set the variables of the second table.

| Variable | What it is |
| --- | --- |
| \`RATCHET_STORE\` | URL of the object store: \`file:///folder\` or \`s3://bucket/prefix?endpoint=…&region=…&style=path\`. Without it: \`PROJECT/.ratchet/store\` |
| \`RATCHET_PROJECT_KEY\` | the project's row key, 64 hex digits. Without it: \`PROJECT/.ratchet/project.key\`, made at first use |
| \`RATCHET_COMMAND\` | how messages name this program, where a script or container wraps it; else what works where you are, such as \`npx ratchet\` |
| \`RATCHET_KEY\` | path of the private key (PKCS#8 PEM) that signs decisions, before any key in your configuration folder |
| \`RATCHET_API_KEY\` | the gateway key that the users of \`ratchet demo\` send, where the project has keys: scopes chat and feedback |
| \`RATCHET_CACHE\` | what the launcher fetches lies here, and the tokenizers of Hugging Face ids. Without it: \`$XDG_CACHE_HOME/ratchet\`, else \`~/.cache/ratchet\` |
| \`RATCHET_WORK\` | training jobs and adapters of this machine. Without it: \`PROJECT/.ratchet\` |
| \`RATCHET_CPU_WORKERS\` | how many cpu workers \`ratchet up\` starts. Without it: cores − 1, at least 1, as far as half the memory holds 1.5 GB each |
| \`RATCHET_BUILD_ID\` | what this workflow code is called in Temporal, 1 to 128 letters, digits and \`._+-\`. Without it: the git commit, [with what differs from it](upgrades.md#build-ids) |
| \`RATCHET_TRAINING_JOB\` | gpu workers: a Kubernetes Job manifest without name; trainings are then Jobs of its kind ([cluster.md](cluster.md)) |
| \`RATCHET_TRAININGS\` | with it, how many Jobs a gpu worker has at once (1) |
| \`RATCHET_KUBERNETES\`, \`RATCHET_KUBERNETES_NAMESPACE\` | outside of a pod: the address of \`kubectl proxy\`, such as \`http://127.0.0.1:8001\`, and the namespace |
| \`RATCHET_TRAINER_THREADS\` | threads of one training (2) |
| \`RATCHET_TORCH\` | \`cpu\` or \`full\`: which build of torch the launcher installs |
| \`RATCHET_ACCEPT_TERMS\` | \`gemma\`: you accept the [Gemma Terms of Use](https://ai.google.dev/gemma/terms); \`node launcher/launch.js setup --only gemma\` then fetches Gemma 3 270M, and \`npm test\` takes it through the lifecycle, too ([training](training.md)) |
| \`RATCHET_LOG\` | \`json\`: one object a line in the logs of supervisor, gateway, engines and workers; \`text\` (the default) for people. [Telemetry](telemetry.md) |
| \`RATCHET_WORKER_METRICS\` | \`host:port\`, as in \`127.0.0.1:9464\`: the first worker shows Prometheus its metrics there, each further one on the next free port. Without it: none |
| \`RATCHET_GATEWAY_METRICS\` | \`host:port\`: the gateway shows its metrics there, too, beyond loopback to keys with the scope \`read\` alone |
| \`OTEL_…\` | OpenTelemetry's own variables: where \`OTEL_EXPORTER_OTLP_ENDPOINT\` is set, traces and metrics are sent there. [Telemetry](telemetry.md) |
| \`RATCHET_PASS_ENV\` | names, divided by commas, of further variables that every process of \`ratchet up\` but the trainer gets |
| \`RATCHET_DEBUG\` | \`1\`: the CLI shows the stack of an unexpected error |
| \`TEMPORAL_ADDRESS\`, \`TEMPORAL_NAMESPACE\`, \`TEMPORAL_API_KEY\`, \`TEMPORAL_TLS_…\`, \`TEMPORAL_PROFILE\`, \`TEMPORAL_CONFIG_FILE\` | your own Temporal, by Temporal's usual variables; then none is started |
| \`AWS_…\` | credentials and region as the AWS SDK finds them; \`AWS_ENDPOINT_URL_S3\` or \`AWS_ENDPOINT_URL\` for another S3 |
| \`HF_TOKEN\` | a Hugging Face token, where \`base_model.path\` is the id of a private or gated model |
| \`HF_ENDPOINT\` | the Hugging Face Hub or a mirror (\`https://huggingface.co\`), where \`base_model.path\` is an id |
| \`MLFLOW_TRACKING_…\`, \`WANDB_…\` | what MLflow's and Weights & Biases' clients read (user, token, API key); the trainer gets them where \`training\` names such a server |
| \`XDG_CONFIG_HOME\`, \`XDG_STATE_HOME\` | where your keys (\`…/ratchet/keys\`) and the list of known projects (\`…/ratchet/projects.json\`) lie |
| \`UV_DEFAULT_INDEX\`, \`UV_INDEX_URL\`, \`PIP_INDEX_URL\`, pip's files | the Python package index the launcher uses; npm's own settings for npm |
| \`RATCHET_CODEC_KEYS\` | encrypts what Temporal keeps: \`ID:HEX,…\`, the first encrypts, all decrypt ([security](security.md#what-temporal-keeps)); the same for commands and workers |
| \`RATCHET_CODEC_TOKEN\` | bearer token that the codec server asks for; needed beyond loopback |

What a worker, a gateway or an engine needs that is started without \`ratchet up\`:

| Variable | What it is | Who |
| --- | --- | --- |
| \`RATCHET_PROJECT\` | the project's name | workers, gateway |
| \`RATCHET_PROJECT_FOLDER\` | folder of the ratchet.yaml on this machine | workers, gateway |
| \`RATCHET_PROJECT_FILE\` | the ratchet.yaml itself, where it has another name | workers, gateway |
| \`RATCHET_STORE\`, \`RATCHET_PROJECT_KEY\` | as above; the key must be the same everywhere | workers, gateway |
| \`RATCHET_ENGINES\` | base URLs of the engines, divided by commas | cpu workers, gateway |
| \`RATCHET_ENGINE_KEY\` | sent to the engines as bearer token; an embedded engine answers nobody without it. \`ratchet up\` makes one for its own engines with each start | cpu workers, gateway, engines |
| \`RATCHET_ADAPTERS\` | folder on the engines' disks that adapters are brought to | cpu workers, gateway |
| \`RATCHET_ADAPTERS_ON_ENGINES\` | the same folder as the engines see it, where they mount it elsewhere | cpu workers, gateway |

What the launcher resolves, each of which you may name yourself:

| Variable | What it is |
| --- | --- |
| \`RATCHET_PYTHON\` | interpreter with torch, transformers, peft, gguf and safetensors |
| \`RATCHET_MODEL\` | the default base model, a GGUF file |
| \`RATCHET_GEMMA\` | Gemma 3 270M, a GGUF file, for the tests |
| \`RATCHET_WORDLLAMA\` | folder of WordLlama's table and tokenizer |
| \`RATCHET_LLAMA\` | folder whose node_modules holds node-llama-cpp |
| \`RATCHET_TEMPORAL\` | a temporal binary |
| \`RATCHET_VERSITYGW\` | a versitygw binary, for tests, bench, chaos and soak |
| \`RATCHET_TEST_PYTHON\` | an interpreter that has the \`openai\` and \`mlflow\` packages, for the tests |
| \`RATCHET_OTELCOL\` | a binary of OpenTelemetry's collector with its file exporter, for the tests |
| \`RATCHET_TOXIPROXY\` | a toxiproxy-server binary, for chaos and soak |
| \`RATCHET_HELM\` | a helm binary, for the tests of the chart |
| \`RATCHET_MANIFEST_CHECK\` | Kubernetes' validation built from deploy/manifest-check, for the same |
| \`RATCHET_TEST_S3\` | an S3 endpoint for the tests instead, with the keys in \`AWS_ACCESS_KEY_ID\` and \`AWS_SECRET_ACCESS_KEY\` |
`;
