# PostgreSQL with plpython3u and the Python packages of the template engine. Not built where it was written: see
# docker-compose.yml. Build from the repository's root: docker build -f docker/postgres.Dockerfile .

# The packages are built for the Python that plpython3.so links: 3.11 on Debian 12 (bookworm), as in both images here.
FROM python:3.11.14-slim-bookworm AS packages
COPY sql/requirements-server.txt /tmp/requirements-server.txt
RUN pip install --no-cache-dir --no-deps --target /server-python -r /tmp/requirements-server.txt

FROM postgres:15.20-bookworm
# The package needs exactly its own release of the server: should there be a newer 15 by now, apt brings that too.
RUN apt-get update \
  && apt-get install -y --no-install-recommends postgresql-plpython3-15 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=packages /server-python /usr/local/lib/xnovu-server-python
# The server process inherits this; no setting of PostgreSQL can change it.
ENV PYTHONPATH=/usr/local/lib/xnovu-server-python
# Gives the sample worker the password that Compose was told; run once by the service `logins`.
COPY docker/logins.sql /usr/local/share/xnovu/logins.sql
