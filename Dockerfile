# Two stages: packages are installed into one folder, which the final image takes over without pip or a compiler.
# PYTHON may be given with a digest for an image that can be made again exactly.
ARG PYTHON=python:3.11.14-slim-bookworm

FROM ${PYTHON} AS build
# PyTorch's own index holds the build without GPU libraries; the version is the one in requirements.txt.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /build
COPY requirements.txt requirements-auth.txt ./
RUN python -m venv --without-pip /opt/lodestar \
 && pip --python /opt/lodestar/bin/python install --no-cache-dir --index-url "${TORCH_INDEX}" "$(grep '^torch==' requirements.txt)" \
 && pip --python /opt/lodestar/bin/python install --no-cache-dir -r requirements.txt -r requirements-auth.txt

FROM ${PYTHON} AS final
RUN pip uninstall --yes --quiet setuptools wheel pip \
 && useradd --uid 10001 --user-group --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin lodestar
COPY --from=build /opt/lodestar /opt/lodestar
WORKDIR /app
COPY .streamlit .streamlit
COPY engine engine
COPY ui ui
COPY pages pages
COPY scripts/serve.py scripts/serve.py
COPY data data
COPY app.py LICENSE ./
# The root may be read-only: byte code is written now, and all that changes lies in two folders and /tmp.
RUN /opt/lodestar/bin/python -m compileall -q app.py engine ui pages scripts \
 && mkdir -p data/store data/runs /var/cache/lodestar \
 && chown lodestar:lodestar data/store data/runs /var/cache/lodestar
ENV PATH=/opt/lodestar/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    MKL_NUM_THREADS=1 \
    NUMEXPR_NUM_THREADS=1 \
    NUMBA_NUM_THREADS=1 \
    NUMBA_CACHE_DIR=/var/cache/lodestar \
    LODESTAR_ADDRESS=0.0.0.0
USER 10001:10001
VOLUME ["/app/data/store", "/app/data/runs", "/var/cache/lodestar"]
EXPOSE 8501
# Healthy: /_stcore/health answers and the warm-up has ended. The first start of a new cache also compiles the kernels.
HEALTHCHECK --interval=15s --timeout=5s --start-period=300s --retries=3 CMD ["python", "scripts/serve.py", "--check"]
ENTRYPOINT ["python", "scripts/serve.py"]
