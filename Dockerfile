# syntax=docker/dockerfile:1
# The mock with the conformance suite, as one image: docs/container.md tells how to run it.
#
# Any base with Python 3.11 or later as `python3`, its venv module and glibc will do:
#   docker build --build-arg BASE=registry.example.org/python:3.13-slim .
ARG BASE=docker.io/library/python:3.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# The environment that is shipped has no pip of its own: this one fills it from outside.
RUN python3 -m venv /build && python3 -m venv --without-pip /opt/dossier
WORKDIR /source
COPY requirements/lock.txt requirements/runtime.txt requirements/
# What the mock needs and no more, each archive by its hash. The back end that makes the wheel comes from the lock too.
RUN /build/bin/pip --python /opt/dossier/bin/python install --quiet --no-deps --require-hashes \
      --requirement requirements/runtime.txt \
 && /build/bin/pip install --quiet --constraint requirements/lock.txt hatchling
COPY LICENSE README.md pyproject.toml ./
COPY wsdl wsdl
COPY conformance conformance
COPY mockserver mockserver
RUN /build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /build/bin/pip --python /opt/dossier/bin/python install --quiet --no-deps /wheel/*.whl \
 && /build/bin/pip --python /opt/dossier/bin/python check

FROM ${BASE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="DossierNumberGeneration mock" \
      org.opencontainers.image.description="A mock of the Belgian eHealth service DossierNumberGeneration, and the conformance suite for its clients and endpoints" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/dossier /opt/dossier
# A number and not a name: Kubernetes proves runAsNonRoot by it, and it needs no entry in /etc/passwd. Group 0 and
# the group's rights let the image run under any other number, as OpenShift does.
RUN mkdir /state && chown 10001:0 /state && chmod 0770 /state
ENV PATH=/opt/dossier/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DOSSIER_STATE=/state \
    MOCKSERVER_HOST=0.0.0.0 \
    MOCKSERVER_PORT=8080 \
    MOCKSERVER_MANAGEMENT_PORT=8081
USER 10001:0
WORKDIR /state
# Test PKI and issued identifiers. All else on the root file system may be read-only.
VOLUME ["/state"]
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
# http.client asks no proxy, whatever the environment says.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python3", "-c", "import http.client, os, sys; probe = http.client.HTTPConnection('127.0.0.1', int(os.environ['MOCKSERVER_MANAGEMENT_PORT']), timeout=3); probe.request('GET', '/readyz'); sys.exit(probe.getresponse().status != 200)"]
ENTRYPOINT ["mockserver"]
CMD ["serve"]
