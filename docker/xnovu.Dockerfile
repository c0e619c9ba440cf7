# The command line `xnovu`: worker, migration, sandbox, doctor. Not built where it was written: see docker-compose.yml.
# Build from the repository's root: docker build -f docker/xnovu.Dockerfile .
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY alembic alembic
COPY samples samples
COPY sql sql
COPY worker worker
RUN python -m venv /app && /app/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.11.14-slim-bookworm
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1
# It writes nothing but its sign of life in /tmp, so the file system may be read-only.
USER 10001:10001
ENTRYPOINT ["xnovu"]
CMD ["work"]
