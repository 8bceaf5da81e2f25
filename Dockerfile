# One image for every process of ours: `tillsaga api`, `worker`, `sandbox`, `db upgrade`.
#
#   docker build --tag tillsaga:0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" .
#
# The tag is exact; docs/containers.md says how to put a digest in its place.
ARG PYTHON=3.11.16-slim-trixie

FROM python:${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# The packages have a layer of their own: they change less often than our code.
COPY requirements/runtime.txt requirements/
RUN python -m venv --without-pip /opt/tillsaga && \
    pip --python /opt/tillsaga/bin/python install --no-deps --require-hashes --no-compile \
        -r requirements/runtime.txt
# What builds our wheel comes from the developers' lock, by hash as well, and stays behind.
COPY requirements/dev.txt requirements/
RUN awk '/^[^ #]/ { w = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } w' \
        requirements/dev.txt > requirements/build.txt && \
    pip install --no-deps --require-hashes -r requirements/build.txt
COPY . .
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist . && \
    pip --python /opt/tillsaga/bin/python install --no-deps --no-index --no-compile dist/*.whl && \
    python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/tillsaga/lib

FROM python:${PYTHON}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tillsaga" \
      org.opencontainers.image.description="Durable loyalty checkout for points of sale" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The folder's owner is what a new volume at this place gets.
RUN groupadd --gid 10001 tillsaga && \
    useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/tillsaga \
        --shell /usr/sbin/nologin tillsaga && \
    install -d -o 10001 -g 10001 -m 0700 /var/lib/tillsaga
COPY --from=build /opt/tillsaga /opt/tillsaga
ENV PATH=/opt/tillsaga/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TILLSAGA_CONFIG=/etc/tillsaga/stores.yaml \
    TILLSAGA_DATA_DIR=/var/lib/tillsaga \
    TILLSAGA_API_HOST=0.0.0.0 \
    TILLSAGA_WORKER_HOST=0.0.0.0
WORKDIR /var/lib/tillsaga
USER 10001:10001
EXPOSE 8000 8001 8600 9464
# The API's; a worker is asked with --worker, the sandbox with --port 8600.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
    CMD ["tillsaga", "healthcheck"]
ENTRYPOINT ["tillsaga"]
CMD ["--help"]
