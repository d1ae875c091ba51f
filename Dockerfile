# Parley in a container: docs/howto/deploy.md says how it is run.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /parley
RUN python -m venv /venv
# First what changes seldom: a new version of Parley alone does not fetch all of this again.
COPY requirements/run.lock requirements/
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r requirements/run.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY handlers handlers
COPY models models
RUN /venv/bin/pip install --no-deps --no-build-isolation . \
    && /venv/bin/python -m compileall -q /venv/lib \
    && /venv/bin/pip uninstall --yes hatchling packaging pathspec pluggy tomlkit trove-classifiers pip

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Parley" org.opencontainers.image.licenses="AGPL-3.0-or-later"
# Nobody installs anything in it any more. /data is for SQLite; PostgreSQL needs no disk here.
RUN python -m pip uninstall --yes pip \
    && useradd --system --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin parley \
    && install --directory --owner parley --group parley --mode 0700 /data /backups
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 XDG_DATA_HOME=/data
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/backups"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["parley"]
CMD ["run"]
