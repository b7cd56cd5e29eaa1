# Airflow with everything the campaigns need, at exactly the versions that the tests ran with: the lock names every package by hash, the Celery,
# Redis and PostgreSQL providers among them, so nothing of the base image is left to chance (celery stays below 5.7).
FROM apache/airflow:3.3.2-python3.11

USER root
RUN install -d -o airflow -g 0 -m 0775 /opt/baosong /opt/baosong/inbox /opt/baosong/vault /opt/baosong/out /opt/baosong/outbox /opt/baosong/data_docs
USER airflow

COPY requirements-image.lock /opt/airflow/
RUN pip install --no-cache-dir --require-hashes -r /opt/airflow/requirements-image.lock

# The code belongs to root, compiled once: whoever runs it can read it, whatever the modes of the clone, and change nothing.
COPY pyproject.toml /opt/airflow/
COPY include /opt/airflow/include
COPY dags /opt/airflow/dags
COPY plugins /opt/airflow/plugins
USER root
RUN cd /opt/airflow && chown -R root:0 pyproject.toml include dags plugins && chmod -R u=rwX,go=rX pyproject.toml include dags plugins && \
    python -m compileall -q include dags plugins
USER airflow
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e /opt/airflow

ENV LANG=C.UTF-8 \
    PYTHONPATH=/opt/airflow \
    GX_ANALYTICS_ENABLED=false \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    BAOSONG_INBOX=/opt/baosong/inbox \
    BAOSONG_VAULT=/opt/baosong/vault \
    BAOSONG_OUT=/opt/baosong/out \
    BAOSONG_OUTBOX=/opt/baosong/outbox \
    BAOSONG_DATA_DOCS=/opt/baosong/data_docs
