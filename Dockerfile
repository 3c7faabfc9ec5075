# The page, and with another command the Chroma server; "In containers" in README.md says how to run both.
ARG PYTHON=3.12.12-slim-bookworm

FROM python:${PYTHON} AS packages
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# Extras of pyproject.toml for the chat model that writes, such as "openai anthropic".
ARG EXTRAS="ollama"
# What only another embedding model than the bundled one needs: more than a gigabyte.
ARG WITHOUT="torch sentence-transformers onnx onnxscript"
ENV UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY pyproject.toml requirements.lock ./
RUN printf '%s ; python_version < "3"\n' ${WITHOUT} > /tmp/without.txt \
    && pip install --constraint requirements.lock uv \
    && uv venv /venv \
    && uv pip install --python /venv/bin/python --constraint requirements.lock --override /tmp/without.txt \
        --requirements pyproject.toml ${EXTRAS:+$(printf -- '--extra %s ' ${EXTRAS})}

FROM python:${PYTHON}
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 ADVISOR_HOME=/data
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin advisor \
    && install --directory --owner=advisor --group=advisor --mode=700 /data
COPY --from=packages /venv /venv
COPY app.py LICENSE /app/
COPY corpus /app/corpus
COPY advisor /app/advisor
WORKDIR /app
USER 10001
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
CMD ["python", "app.py", "--host", "0.0.0.0", "--port", "7860"]
