# Airflow with everything the campaigns need, at exactly the versions that the tests ran with: the lock names every package by hash, the Celery,
# Redis and PostgreSQL providers among them, so nothing of the base image is left to chance (celery stays below 5.7).
FROM apache/airflow:3.3.2-python3.11

USER root
RUN install -d -o airflow -g 0 -m 0775 /opt/baosong /opt/baosong/inbox /opt/baosong/vault /opt/baosong/out /opt/baosong/outbox /opt/baosong/data_docs
USER airflow

COPY --chown=airflow:0 requirements-image.lock /opt/airflow/requirements-image.lock
RUN pip install --no-cache-dir --require-hashes -r /opt/airflow/requirements-image.lock

COPY --chown=airflow:0 include /opt/airflow/include
COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins

ENV PYTHONPATH=/opt/airflow \
    GX_ANALYTICS_ENABLED=false \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    BAOSONG_INBOX=/opt/baosong/inbox \
    BAOSONG_VAULT=/opt/baosong/vault \
    BAOSONG_OUT=/opt/baosong/out \
    BAOSONG_OUTBOX=/opt/baosong/outbox \
    BAOSONG_DATA_DOCS=/opt/baosong/data_docs
