# gpu workers and the pods of training Jobs: Python with torch, and Node with the sources.
#   docker build -f deploy/docker/trainer.Dockerfile -t ratchet-trainer:0.1.0 .
# torch for CUDA alone takes 5.9 GB. Pinned by tag: put the digest of your mirror behind it before you rely on it.
ARG PYTHON=python:3.13.9-slim-trixie
ARG NODE=node:24.21.0-trixie-slim

FROM ${NODE} AS build
WORKDIR /opt/ratchet
ENV RATCHET_CACHE=/opt/cache
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts
COPY . .
RUN node deploy/docker/fetch-models.js

FROM ${PYTHON} AS python
COPY trainer/requirements.txt /requirements.txt
RUN python -m venv /opt/trainer \
    && /opt/trainer/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt

FROM ${PYTHON}
ENV NODE_ENV=production \
    RATCHET_MODEL=/opt/cache/models/smollm2-135m-instruct/model.gguf \
    RATCHET_WORDLLAMA=/opt/cache/models/wordllama \
    RATCHET_PYTHON=/opt/trainer/bin/python \
    RATCHET_CACHE=/work/cache \
    RATCHET_WORK=/work \
    HF_HOME=/work/huggingface
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=python /opt/trainer /opt/trainer
COPY --from=build /opt/cache/models /opt/cache/models
COPY --from=build /opt/ratchet /opt/ratchet
WORKDIR /opt/ratchet
RUN install -d -o 10001 -g 10001 /work
USER 10001:10001
ENTRYPOINT ["node"]
CMD ["workers/main.ts", "--kind", "gpu"]
